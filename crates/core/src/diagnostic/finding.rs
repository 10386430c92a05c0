//! What is wrong, or worth knowing, about what the user wrote: a value, rendered by `view`.

use iriskit_state::plan::{DiagnosticId, Severity};

use super::Position;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Which one, for scripts and for the documentation.
    pub id: DiagnosticId,
    /// One sentence fragment with the offending value.
    pub message: String,
    /// Places in the input; the first is the primary one.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
}

/// A place and what to say there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub position: Position,
    /// Text beside the marked source; may be empty.
    pub text: String,
}

impl Diagnostic {
    /// An error.
    pub fn error(id: DiagnosticId, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, id, message)
    }

    /// A warning.
    pub fn warning(id: DiagnosticId, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, id, message)
    }

    /// A note.
    pub fn note(id: DiagnosticId, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, id, message)
    }

    fn new(severity: Severity, id: DiagnosticId, message: impl Into<String>) -> Self {
        debug_assert!(id.severities().contains(&severity), "{id} is not documented as {severity:?}");
        Self { severity, id, message: message.into(), labels: Vec::new(), help: None }
    }

    /// Adds a place, when it is known.
    #[must_use]
    pub fn at(mut self, position: Option<&Position>, text: impl Into<String>) -> Self {
        if let Some(position) = position {
            self.labels.push(Label { position: position.clone(), text: text.into() });
        }
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
