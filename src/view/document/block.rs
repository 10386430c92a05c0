//! The whole document and its parts.

use super::{fact::Fact, note::Note, section::Section, span::Line};

/// What is said about a plan, in the order in which it is read on a terminal.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::view) struct Document {
    pub(in crate::view) blocks: Vec<Block>,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::view) enum Block {
    /// Names with what is known of each, in groups.
    Facts(Vec<Vec<Fact>>),
    /// Headings with rows below them. The rows of all sections of a block belong to one table.
    Sections(Vec<Section>),
    /// The plan in a few sentences.
    Summary(Vec<Line>),
    /// What else has to be known, in the shape of compiler messages.
    Notes(Vec<Note>),
}
