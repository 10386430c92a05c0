//! Why a command failed, for the person who ran it.

use std::io;

use iriskit_state::plan::PlanFileError;

use super::{ErrorId, ExitCode};
use crate::{
    ui::PromptError,
    view::{self, Message},
};

/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// How the run ends.
    pub exit: ExitCode,
    /// What is printed; nothing, when the error was reported before or the output is closed.
    pub message: Option<Message>,
}

impl CliError {
    /// An error that ends as its id says.
    pub(crate) fn new(id: ErrorId, text: impl Into<String>) -> Self {
        Self::with(id.exit(), id, text)
    }

    /// An error that ends in one of several ways.
    pub fn with(exit: ExitCode, id: ErrorId, text: impl Into<String>) -> Self {
        debug_assert!(id.exits().contains(&exit), "{} is not documented to end with {exit:?}", id.as_str());
        let message = Message { id: id.as_str().to_owned(), text: text.into(), ..Message::default() };
        Self { exit, message: Some(message) }
    }

    /// Everything was said already.
    pub(crate) fn said(exit: ExitCode) -> Self {
        Self { exit, message: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(message) = &mut self.message {
            message.help.push(help.into());
        }
        self
    }

    /// Adds a line as it is.
    #[must_use]
    pub(crate) fn detail(mut self, line: impl Into<String>) -> Self {
        if let Some(message) = &mut self.message {
            message.details.push(line.into());
        }
        self
    }

    /// The text for standard error; may be empty.
    pub fn text(&self, look: &crate::ui::Look) -> String {
        self.message.as_ref().map(|message| view::message(message, look)).unwrap_or_default()
    }
}

/// Output that can't be written. A closed pipe (`| head`) is not reported.
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::said(ExitCode::Error),
            _ => Self::new(ErrorId::Output, format!("standard output can't be written: {error}")),
        }
    }
}

impl From<PlanFileError> for CliError {
    fn from(error: PlanFileError) -> Self {
        let id = match &error {
            PlanFileError::NotAPlan(_) => ErrorId::NotAPlan,
            PlanFileError::Unsealed => ErrorId::NotSaved,
            PlanFileError::Version(_) => ErrorId::PlanVersion,
            PlanFileError::Digest { .. } | PlanFileError::NotCanonical(_) => ErrorId::PlanAltered,
        };
        Self::new(id, error.to_string()).help("make a new one: `iriskit plan FILE… -o PLANFILE`")
    }
}

impl From<PromptError> for CliError {
    fn from(error: PromptError) -> Self {
        match error {
            PromptError::NoTerminal => Self::new(ErrorId::ApprovalMissing, error.to_string())
                .help("approve with `--auto-approve`, or save a plan, have it approved and apply it"),
            PromptError::Read(_) => Self::new(ErrorId::Terminal, error.to_string()),
        }
    }
}
