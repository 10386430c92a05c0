//! Diagnostics of a plan, in the shape of compiler messages.

use iriskit_state::plan::Severity;

use super::facts::Facts;

use crate::ui::Label;
use crate::view::page::Page;

/// Writes them.
pub(super) fn write(page: &mut Page, facts: &Facts<'_>) {
    let notes = &facts.plan.notes;
    if !notes.is_empty() {
        page.blank();
    }
    for note in notes {
        let (label, word) = match note.severity {
            Severity::Error => (Label::Error, "error"),
            Severity::Warning => (Label::Warning, "warning"),
            Severity::Note => (Label::Note, "note"),
        };
        let head = page.paint(label, format_args!("{word}[{}]", note.id));
        let about = note.address.as_ref().map(|address| format!("{}: ", facts.spoken(address))).unwrap_or_default();
        page.sentence(&format!("{head}:"), &format!("{about}{}", note.message));
        if let Some(place) = &note.source {
            let text = format!("  --> {}:{}:{}", place.file, place.line, place.column);
            let line = page.paint(Label::Faint, text);
            page.line(0, &line);
        }
        if let Some(help) = &note.help {
            page.sentence("  help:", help);
        }
    }
}
