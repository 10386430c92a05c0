//! What can be known of a plan before its first write besides the server's verdict on each object: rights, and what
//! controllers will make of the objects. In go the steps of a plan; out come questions, and notes made of their answers.

pub(crate) mod controller_objects;
pub(crate) mod limit_ranges;
pub(crate) mod quota;
pub(crate) mod rights;
pub(crate) mod role;
pub(crate) mod verdict;

pub use controller_objects::ControllerObjects;
pub(crate) use controller_objects::objects_made_by_controllers;
pub(crate) use limit_ranges::{completed, limit_note};
pub use quota::PlannedPods;
pub(crate) use quota::{count_use, planned, quota_notes, quotas_afterwards, uncounted, unsaid_note};
pub use rights::MissingRight;
pub use rights::NeededRight;
pub(crate) use rights::needed_rights;
pub(crate) use rights::rights_note;
pub use role::Purpose;
pub(crate) use role::roles;
pub use verdict::DryRunVerdict;
pub(crate) use verdict::account_note;
pub(crate) use verdict::claim_note;
pub(crate) use verdict::class_notes;
pub(crate) use verdict::deletion_note;
pub(crate) use verdict::pod_note;
pub(crate) use verdict::resolve_pod_security_warnings;
pub(crate) use verdict::unknown_note;
pub(crate) use verdict::warns_of_pod_security;
