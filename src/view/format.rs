//! The formats that a plan is written in. A new one is a file with its writer, and a row of the table.

use iriskit_state::plan::{Note, Plan, PlanFileError};

use super::{
    document::Document,
    json, markdown,
    plan::{document, document_of_notes, verdict},
    text,
};
use crate::ui::Look;

/// A format.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// What it is called.
    pub name: &'static str,
    /// Whom it is for.
    pub about: &'static str,
    writer: Writer,
}

/// What a format is written from.
#[derive(Debug, Clone, Copy)]
enum Writer {
    /// What is said about the plan.
    Document(fn(&Document) -> String),
    /// The same, on a terminal.
    Terminal(fn(&Document, &Look) -> String),
    /// The plan itself.
    Plan(fn(&Plan) -> Result<String, PlanFileError>),
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [
        Self { name: "text", about: "For a terminal or a log", writer: Writer::Terminal(text::write) },
        Self { name: "markdown", about: "For a pull request", writer: Writer::Document(markdown::write) },
        Self { name: "json", about: "The plan itself, for programs", writer: Writer::Plan(json::json) },
    ];

    /// The format that is called so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name == name)
    }

    /// The plan in this format.
    ///
    /// # Errors
    /// The plan can't be represented, which no plan that was read or made can cause.
    pub fn write(&self, plan: &Plan, look: &Look) -> Result<String, PlanFileError> {
        match self.writer {
            Writer::Document(write) => Ok(write(&document(plan))),
            Writer::Terminal(write) => Ok(write(&document(plan), look)),
            Writer::Plan(write) => write(plan),
        }
    }
}

/// The plan for people: lines of at most `look.width` columns, but for words that have to stay whole.
pub fn plan_text(plan: &Plan, look: &Look) -> String {
    text::write(&document(plan), look)
}

/// What is decided on, in a sentence or two.
pub fn verdict_text(plan: &Plan) -> String {
    verdict(plan)
}

/// Notes without a plan around them, for people.
pub fn notes_text(notes: &[Note], look: &Look) -> String {
    text::write(&document_of_notes(notes), look)
}
