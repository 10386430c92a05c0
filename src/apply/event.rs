//! What a run tells while it works.

use std::time::Duration;

use iriskit_state::plan::Step;

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
    /// Its pods that lack a volume, or are stuck, are deleted one by one.
    ReplacePods,
}

impl Action {
    /// What a step does.
    pub(super) fn of(step: &Step) -> Self {
        match step {
            Step::Create { .. } => Self::Create,
            Step::Update { .. } => Self::Update,
            Step::TakeOver { .. } => Self::TakeOver,
            Step::Delete { .. } => Self::Delete,
            Step::WaitReady => Self::WaitReady,
            Step::WaitMirror { .. } => Self::WaitMirror,
            Step::RollByRole { .. } => Self::Roll,
            Step::DeletePodsByRole { .. } => Self::DeletePods,
            Step::GrowClaim { .. } => Self::Grow,
            Step::AdoptPods { .. } => Self::Adopt,
            Step::ReplacePods { .. } | Step::ReplaceStuckPods { .. } => Self::ReplacePods,
        }
    }
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
    /// A wait goes on; reported when the reason changes and every few seconds.
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
