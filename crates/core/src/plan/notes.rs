//! Diagnostics as notes of a plan.

use iriskit_state::plan::{Note, NoteId, Place, Severity};

use crate::diagnostic::{self, Position};
use iriskit_kubernetes::schema::ObjectRef;

/// The place of a position.
pub(super) fn place(position: &Position) -> Place {
    Place { file: position.file.clone(), line: position.line, column: position.column }
}

/// A diagnostic as a note.
pub(super) fn of_diagnostic(diagnostic: &diagnostic::Diagnostic) -> Note {
    Note {
        severity: diagnostic.severity,
        id: diagnostic.id.into(),
        message: diagnostic.message.clone(),
        address: None,
        source: diagnostic.labels.first().map(|label| place(&label.position)),
        help: diagnostic.help.clone(),
    }
}

/// A note on an object.
pub(crate) fn on(severity: Severity, id: NoteId, object: &ObjectRef, message: impl Into<String>) -> Note {
    debug_assert!(id.severities().contains(&severity), "{id} is not documented as {severity:?}");
    Note { severity, id, message: message.into(), address: Some(object.address()), source: None, help: None }
}
