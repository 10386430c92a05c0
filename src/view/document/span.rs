//! Pieces of text.

use crate::ui::Label;

/// Pieces that follow each other without a space between.
pub(in crate::view) type Line = Vec<Span>;

/// A piece of text and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::view) struct Span {
    pub(in crate::view) label: Label,
    pub(in crate::view) text: String,
}

impl Span {
    pub(in crate::view) fn new(label: Label, text: impl Into<String>) -> Self {
        Self { label, text: text.into() }
    }

    pub(in crate::view) fn plain(text: impl Into<String>) -> Self {
        Self::new(Label::Plain, text)
    }
}
