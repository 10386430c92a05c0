//! Diagnostics as notes of a plan.

use iriskit_state::plan::{Note, Place, Severity};

use crate::diagnostic;
use crate::diagnostic::Position;
use iriskit_kubernetes::schema::ObjectRef;

/// The place of a position.
pub(super) fn place(position: &Position) -> Place {
    Place { file: position.file.clone(), line: position.line, column: position.column }
}

/// A diagnostic as a note.
pub(super) fn of_diagnostic(diagnostic: &diagnostic::Diagnostic) -> Note {
    Note {
        severity: match diagnostic.severity {
            diagnostic::Severity::Error => Severity::Error,
            diagnostic::Severity::Warning => Severity::Warning,
            diagnostic::Severity::Note => Severity::Note,
        },
        id: diagnostic.id.to_owned(),
        message: diagnostic.message.clone(),
        address: None,
        source: diagnostic.labels.first().map(|label| place(&label.position)),
        help: diagnostic.help.clone(),
    }
}

/// A note on an object.
pub(crate) fn on(severity: Severity, id: &str, object: &ObjectRef, message: impl Into<String>) -> Note {
    Note {
        severity,
        id: id.to_owned(),
        message: message.into(),
        address: Some(object.address()),
        source: None,
        help: None,
    }
}
