//! Diagnostics of a plan, in the shape of compiler messages.

use iriskit_state::plan::{Note, Severity};

use crate::ui::Label;
use crate::view::page::Page;

/// Writes them.
pub(super) fn write(page: &mut Page, notes: &[Note]) {
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
        page.sentence(&format!("{head}:"), &note.message);
        match (&note.source, &note.address) {
            (Some(place), _) => {
                let text = format!("  --> {}:{}:{}", place.file, place.line, place.column);
                let line = page.paint(Label::Faint, text);
                page.line(0, &line);
            }
            (None, Some(address)) => {
                let line = page.paint(Label::Faint, format_args!("  --> {address}"));
                page.line(0, &line);
            }
            (None, None) => {}
        }
        if let Some(help) = &note.help {
            page.sentence("  help:", help);
        }
    }
}
