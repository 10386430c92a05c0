//! Facts: a name and what is known of it.

use super::span::Span;

/// A fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::view) struct Fact {
    pub(in crate::view) name: Span,
    pub(in crate::view) entries: Vec<Entry>,
}

impl Fact {
    /// A fact with one entry.
    pub(in crate::view) fn new(name: Span, entry: Entry) -> Self {
        Self { name, entries: vec![entry] }
    }
}

/// One of the things that are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::view) enum Entry {
    /// Statements beside each other.
    Parts(Vec<Span>),
    /// Words of an enumeration; the commas between them are not part of them.
    List(Vec<Span>),
}

impl Entry {
    /// Its first piece.
    pub(in crate::view) fn first(&self) -> Option<&Span> {
        let (Self::Parts(spans) | Self::List(spans)) = self;
        spans.first()
    }
}
