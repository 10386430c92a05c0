//! Notes: errors, warnings and what else has to be known.

use iriskit_state::plan::{Place, Severity};

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::view) struct Note {
    pub(in crate::view) severity: Severity,
    pub(in crate::view) id: String,
    pub(in crate::view) message: String,
    /// How often it is said.
    pub(in crate::view) count: usize,
    /// The objects that it is about: none, one or several of which the same is said.
    pub(in crate::view) objects: Vec<String>,
    /// The places in manifests.
    pub(in crate::view) sources: Vec<Place>,
    pub(in crate::view) help: Option<String>,
}
