//! Notes of a plan.

use iriskit_state::plan::Note;

use crate::view::document;

/// The notes. What is said of several objects in the same words is said once.
pub(super) fn notes(notes: &[Note], spoken: impl Fn(&str) -> String) -> Vec<document::Note> {
    let note = |(note, addresses): (&Note, Vec<&str>)| document::Note {
        severity: note.severity,
        id: note.id.to_string(),
        message: note.message.clone(),
        objects: addresses.into_iter().map(&spoken).collect(),
        source: note.source.clone(),
        help: note.help.clone(),
    };
    grouped(notes).into_iter().map(note).collect()
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
