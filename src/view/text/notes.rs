//! Notes in the shape of compiler messages.

use iriskit_state::plan::Severity;

use super::{facts::listed, page::Page};
use crate::{
    ui::Label,
    view::document::{Note, Span},
};

/// Of objects with the same trouble this many are named.
const NAMED: usize = 4;

/// Writes them.
pub(super) fn write(page: &mut Page, notes: &[Note]) {
    if !notes.is_empty() {
        page.blank();
    }
    for note in notes {
        write_note(page, note);
    }
}

fn write_note(page: &mut Page, note: &Note) {
    let (label, word) = match note.severity {
        Severity::Error => (Label::Error, "error"),
        Severity::Warning => (Label::Warning, "warning"),
        Severity::Note => (Label::Note, "note"),
    };
    let head = page.paint(label, format_args!("{word}[{}]", note.id));
    let about = match note.objects.as_slice() {
        [object] => format!("{object}: "),
        _ => String::new(),
    };
    page.sentence(&format!("{head}:"), &format!("{about}{}", note.message));
    if note.objects.len() > 1 {
        page.fact(&Span::plain("  for"), 7, 1, &objects(&note.objects));
    }
    if let Some(place) = &note.source {
        let text = format!("  --> {}:{}:{}", place.file, place.line, place.column);
        let line = page.paint(Label::Faint, text);
        page.line(0, &line);
    }
    if let Some(help) = &note.help {
        page.sentence("  help:", help);
    }
}

fn objects(names: &[String]) -> Vec<Span> {
    let shown = if names.len() > NAMED + 1 { NAMED } else { names.len() };
    let mut words: Vec<Span> = names.iter().take(shown).map(Span::plain).collect();
    if let more @ 1.. = names.len().saturating_sub(shown) {
        words.push(Span::plain(format!("and {more} more")));
    }
    listed(&words)
}
