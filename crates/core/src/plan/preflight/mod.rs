//! What can be known of a plan before its first write besides the server's verdict on each object: rights, and what
//! controllers will make of the objects. In go the steps of a plan; out come questions, and notes made of their answers.

pub(crate) mod controller_objects;
pub(crate) mod limit_ranges;
pub(crate) mod quota;
pub(crate) mod rights;
pub(crate) mod verdict;

pub use controller_objects::ControllerObjects;
pub use controller_objects::objects_made_by_controllers;
pub use limit_ranges::limit_note;
pub use quota::PlannedPods;
pub use quota::quota_notes;
pub use rights::MissingRight;
pub use rights::NeededRight;
pub use rights::needed_rights;
pub use rights::rights_note;
pub use verdict::DryRunVerdict;
pub use verdict::account_note;
pub use verdict::claim_note;
pub use verdict::class_notes;
pub use verdict::deletion_note;
pub use verdict::pod_note;
pub use verdict::resolve_pod_security_warnings;
pub use verdict::unknown_note;
pub use verdict::warns_of_pod_security;
