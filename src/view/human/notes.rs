//! Diagnostics of a plan, in the shape of compiler messages.

use iriskit_state::plan::{Note, Severity};

use crate::ui::{Label, Look};
use crate::view::page::{Page, Piece};

/// Of objects with the same trouble this many are named.
const NAMED: usize = 4;

/// Notes without a plan around them.
pub fn notes(notes: &[Note], look: &Look) -> String {
    let mut page = Page::new(*look);
    write(&mut page, notes, |address| address.replacen('/', " ", 1));
    page.finish()
}

/// Writes them. What is said of several objects in the same words is said once.
pub(super) fn write(page: &mut Page, notes: &[Note], spoken: impl Fn(&str) -> String) {
    if !notes.is_empty() {
        page.blank();
    }
    for (note, addresses) in grouped(notes) {
        let (label, word) = match note.severity {
            Severity::Error => (Label::Error, "error"),
            Severity::Warning => (Label::Warning, "warning"),
            Severity::Note => (Label::Note, "note"),
        };
        let head = page.paint(label, format_args!("{word}[{}]", note.id));
        let about = match addresses.as_slice() {
            [address] => format!("{}: ", spoken(address)),
            _ => String::new(),
        };
        page.sentence(&format!("{head}:"), &format!("{about}{}", note.message));
        if addresses.len() > 1 {
            objects(page, &addresses, &spoken);
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
}

/// Notes that differ in their object only, together with those objects, each at the place of the first.
fn grouped(notes: &[Note]) -> Vec<(&Note, Vec<&str>)> {
    let mut groups: Vec<(&Note, Vec<&str>)> = Vec::new();
    for note in notes {
        let alike = |other: &Note| Note { address: None, ..other.clone() } == Note { address: None, ..note.clone() };
        let address = note.address.as_deref();
        let group = address.and_then(|_| groups.iter_mut().find(|(first, _)| first.address.is_some() && alike(first)));
        match group {
            Some((_, addresses)) => addresses.extend(address),
            None => groups.push((note, address.into_iter().collect())),
        }
    }
    groups
}

fn objects(page: &mut Page, addresses: &[&str], spoken: impl Fn(&str) -> String) {
    let shown = if addresses.len() > NAMED + 1 { NAMED } else { addresses.len() };
    let last = addresses.len().saturating_sub(1);
    let name = |(at, address): (usize, &&str)| format!("{}{}", spoken(address), if at == last { "" } else { "," });
    let mut pieces: Vec<_> =
        addresses.iter().enumerate().take(shown).map(|named| Piece::new(Label::Plain, name(named))).collect();
    if let more @ 1.. = addresses.len().saturating_sub(shown) {
        pieces.push(Piece::new(Label::Plain, format!("and {more} more")));
    }
    page.fact((Label::Plain, "  for"), 7, 1, &pieces);
}
