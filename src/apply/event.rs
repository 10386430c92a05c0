//! What a run tells while it works, and what it says at the end.

use std::time::Duration;

use iriskit_state::plan::PodEffect;

/// What is done to an object in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Made.
    Create,
    /// Changed in place.
    Update,
    /// Fields of other managers become iriskit's.
    TakeOver,
    /// Deleted, and waited for until it is gone.
    Delete,
    /// Waited for.
    WaitReady,
    /// The mirror that it belongs to is waited for, until it is whole.
    WaitMirror,
    /// Its outdated pods are deleted one by one by role.
    Roll,
    /// The pods that it left are deleted one by one by role.
    DeletePods,
    /// One of its claims asks for more space.
    Grow,
    /// The pods that it took over are checked.
    Adopt,
    /// Its pods that lack a volume are deleted one by one.
    ReplacePods,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Everything that can be checked before the first write was checked.
    Checked {
        /// How many objects were read again.
        objects: usize,
        /// How many dry-runs the server took.
        dry_runs: usize,
    },
    /// A stage begins.
    StageStarted {
        /// Its name in the plan.
        stage: String,
        /// The addresses of its changes.
        changes: Vec<String>,
    },
    /// All changes of a stage are done.
    StageDone {
        /// Its name in the plan.
        stage: String,
    },
    /// Work on an object begins.
    ChangeStarted {
        /// The object.
        address: String,
    },
    /// A step begins.
    StepStarted {
        /// The object.
        address: String,
        /// What is done.
        action: Action,
    },
    /// A step is done.
    StepDone {
        /// The object.
        address: String,
        /// What was done.
        action: Action,
        /// How long it took.
        took: Duration,
    },
    /// A wait goes on; told when the reason changes and every few seconds.
    Waiting {
        /// The object.
        address: String,
        /// What is missing, with the newest warning of the cluster.
        reason: String,
        /// How long it has been.
        waited: Duration,
    },
    /// A pod was deleted by role.
    PodDeleted {
        /// The StatefulSet.
        address: String,
        /// The pod's name.
        pod: String,
        /// `primary` or `backup`, where it was known.
        role: Option<String>,
    },
    /// Something to know that stops nothing.
    Warning {
        /// The object it is about.
        address: Option<String>,
        /// What.
        message: String,
    },
    /// An object is as planned.
    ChangeDone {
        /// The object.
        address: String,
        /// How long it took.
        took: Duration,
    },
    /// An object is not as planned. Nothing new is begun after it.
    ChangeFailed {
        /// The object.
        address: String,
        /// Why.
        reason: String,
    },
}

/// How far a run came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Addresses of the changes that are done, in the order in which they were.
    pub done: Vec<String>,
    /// The change that failed first, and why.
    pub failed: Option<(String, String)>,
    /// Begun, and left when another failed or the run was stopped: written perhaps, but not seen to be ready.
    pub unfinished: Vec<String>,
    /// Not begun, in the plan's order.
    pub not_started: Vec<String>,
    /// What was seen of pods, primaries and volumes; after a run that did everything.
    pub seen: Seen,
    /// What was seen that the plan had not said.
    pub observed: Vec<String>,
}

/// What watches saw happen while a plan was applied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Pods with what became of them, set by set, in the order in which they were touched.
    pub pods: Vec<(String, PodEffect)>,
    /// How often a primary moved.
    pub primary_moves: usize,
    /// Volumes that were made as planned.
    pub volumes_new: usize,
    /// Volumes that were deleted as planned.
    pub volumes_deleted: usize,
}
