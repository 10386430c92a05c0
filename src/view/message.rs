//! An error in the shape of a compiler's message.

use super::text::Page;
use crate::ui::{Label, Look};

/// What an error says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Stable identifier (`plan-stale`).
    pub id: String,
    /// One sentence fragment.
    pub text: String,
    /// Lines that belong to it, as they are.
    pub details: Vec<String>,
    /// What to do about it.
    pub help: Vec<String>,
}

/// Renders it.
pub fn message(message: &Message, look: &Look) -> String {
    let mut page = Page::new(*look);
    let head = page.paint(Label::Error, format_args!("error[{}]", message.id));
    page.sentence(&format!("{head}:"), &message.text);
    for line in &message.details {
        let line = page.paint(Label::Plain, line);
        page.line(2, &line);
    }
    for help in &message.help {
        page.sentence("  help:", help);
    }
    page.finish()
}

/// A line that accompanies what a command does.
pub fn warning(text: &str, look: &Look) -> String {
    let mut page = Page::new(*look);
    let head = page.paint(Label::Warning, "warning:");
    page.sentence(&head, text);
    page.finish()
}
