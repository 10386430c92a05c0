//! What the server says of a body in a dry-run.

use iriskit_state::plan::{Note, NoteId, Severity};
use serde_json::Value;

use crate::plan::notes;
use iriskit_kubernetes::schema::ObjectRef;

/// The server's verdict.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DryRun {
    /// It would be taken, and the object would look like this.
    Accepted {
        /// The object as answered.
        object: Value,
        /// Warning headers.
        warnings: Vec<String>,
    },
    /// It seemed to need a replacement, and would be taken as it is: admission sets again what can't change.
    InPlace {
        /// The object as answered.
        object: Value,
        /// Warning headers.
        warnings: Vec<String>,
    },
    /// A right is missing to ask.
    Forbidden {
        /// What the server says.
        message: String,
    },
    /// Something that it refers to does not exist: the namespace, or a RoleBinding's Role.
    NotFound {
        /// What the server says.
        message: String,
    },
    /// It would not be taken.
    Refused {
        /// HTTP status.
        code: u16,
        /// What the server says, without secret values.
        message: String,
    },
}

/// The server would not take it.
pub(crate) fn refusal_note(object: &ObjectRef, code: u16, message: &str) -> Note {
    notes::on(Severity::Error, NoteId::ServerRefuses, object, format!("the server refuses it ({code}): {message}"))
}

/// What the server warns of.
pub(crate) fn warning_notes<'a>(object: &'a ObjectRef, warnings: &'a [String]) -> impl Iterator<Item = Note> + use<'a> {
    warnings.iter().map(|text| notes::on(Severity::Warning, NoteId::ServerWarning, object, text))
}

/// The server may not be asked.
pub(crate) fn unverified_note(object: &ObjectRef, message: &str) -> Note {
    notes::on(Severity::Note, NoteId::Unverified, object, format!("not verified by the server: {message}"))
}
