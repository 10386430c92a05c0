//! What is wrong, or worth knowing, about what the user wrote: a value, rendered by `view`.

use super::Position;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is planned or sent.
    Error,
    /// Planned all the same.
    Warning,
    /// Worth knowing.
    Note,
}

/// One finding. `id` is stable (`unknown-field`) and documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Stable identifier in kebab case.
    pub id: &'static str,
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
    pub fn error(id: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, id, message)
    }

    /// A warning.
    pub fn warning(id: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, id, message)
    }

    /// A note.
    pub fn note(id: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, id, message)
    }

    fn new(severity: Severity, id: &'static str, message: impl Into<String>) -> Self {
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
