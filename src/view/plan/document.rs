//! The whole document.

use iriskit_state::plan::{Note, Plan};

use super::{drift, header, lookup::Lookup, not_ready, notes, stages, staying, summary};
use crate::view::document::{Block, Document};

/// The plan as a document.
pub(in crate::view) fn document(plan: &Plan) -> Document {
    let lookup = Lookup::new(plan);
    let mut blocks = vec![Block::Facts(header::facts(&lookup))];
    blocks.extend(drift::section(&lookup).map(|drift| Block::Sections(vec![drift])));
    blocks.extend(not_ready::section(&lookup).map(|rows| Block::Sections(vec![rows])));
    blocks.push(Block::Sections(stages::sections(&lookup)));
    blocks.extend(staying::section(&lookup).map(|staying| Block::Sections(vec![staying])));
    blocks.push(Block::Summary(summary::lines(&lookup)));
    blocks.push(Block::Notes(notes::of_plan(plan, |address| lookup.spoken(address))));
    Document { blocks }
}

/// Notes without a plan around them.
pub(in crate::view) fn document_of_notes(notes: &[Note]) -> Document {
    Document { blocks: vec![Block::Notes(notes::alone(notes, |address| address.replacen('/', " ", 1)))] }
}
