//! How far a run came, and what was seen of it.

use iriskit_state::plan::PodEffect;

/// How far a run came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Addresses of the changes that are done, in the order in which they were.
    pub done: Vec<String>,
    /// The change that failed first, and why.
    pub failed: Option<(String, String)>,
    /// Begun, and left when another failed or the run was stopped: written perhaps, but not seen to be ready.
    pub unfinished: Vec<String>,
    /// Pods that were deleted by their role, each with the object that it belongs to, in that order.
    pub deleted_pods: Vec<(String, String)>,
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
