//! What can be known of a plan before its first write besides the server's verdict on each object: rights, and what
//! controllers will make of the objects.

mod limits;
mod made;
mod quota;
mod rights;
mod verdict;

pub use limits::limit_note;
pub use made::{Made, made};
pub use quota::{Pods, quota_notes};
pub use rights::{MissingRight, NeededRight, needed_rights, rights_note};
pub use verdict::{
    Trial, account_note, claim_note, class_notes, deletion_note, pod_note, settle_pod_security, unknown_note,
    warns_of_pod_security,
};
