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
    let times = if note.count > 1 { format!(" ({} times)", note.count) } else { String::new() };
    let head = page.paint(label, format_args!("{word}[{}]", note.id));
    let head = format!("{head}{times}");
    let about = match note.objects.as_slice() {
        [object] => format!("{object}: "),
        _ => String::new(),
    };
    page.sentence(&format!("{head}:"), &format!("{about}{}", note.message));
    if note.objects.len() > 1 {
        page.fact(&Span::plain("  for"), 7, 1, &few(&note.objects));
    }
    if !note.sources.is_empty() {
        let places = note.sources.iter().map(|place| format!("{}:{}:{}", place.file, place.line, place.column));
        let places: Vec<String> = few(&places.collect::<Vec<_>>()).into_iter().map(|place| place.text).collect();
        page.paragraph(2, Label::Faint, &format!("--> {}", places.join(" ")));
    }
    if let Some(help) = &note.help {
        page.sentence("  help:", help);
    }
}

/// The first of them, and how many more there are.
fn few(names: &[String]) -> Vec<Span> {
    let shown = if names.len() > NAMED + 1 { NAMED } else { names.len() };
    let mut words: Vec<Span> = names.iter().take(shown).map(Span::plain).collect();
    if let more @ 1.. = names.len().saturating_sub(shown) {
        words.push(Span::plain(format!("and {more} more")));
    }
    listed(&words)
}
