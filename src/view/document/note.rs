//! Notes: errors, warnings and what else has to be known.

use iriskit_state::plan::{Place, Severity};

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::view) struct Note {
    pub(in crate::view) severity: Severity,
    pub(in crate::view) id: String,
    pub(in crate::view) message: String,
    /// The objects that it is about: none, one or several of which the same is said.
    pub(in crate::view) objects: Vec<String>,
    /// The place in a manifest.
    pub(in crate::view) source: Option<Place>,
    pub(in crate::view) help: Option<String>,
}
