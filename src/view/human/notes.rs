//! Diagnostics of a plan, in the shape of compiler messages.

use iriskit_state::plan::{Note, Severity};

use crate::ui::{Label, Look};
use crate::view::page::Page;

/// Notes without a plan around them.
pub fn notes(notes: &[Note], look: &Look) -> String {
    let mut page = Page::new(*look);
    write(&mut page, notes, |address| address.replacen('/', " ", 1));
    page.finish()
}

/// Writes them.
pub(super) fn write(page: &mut Page, notes: &[Note], spoken: impl Fn(&str) -> String) {
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
        let about = note.address.as_ref().map(|address| format!("{}: ", spoken(address))).unwrap_or_default();
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
