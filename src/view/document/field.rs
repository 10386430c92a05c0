//! Fields: a path and what becomes of its value.

use serde_json::Value;

use super::span::Span;

/// A field that differs.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::view) struct Field {
    /// What happens to it: `+`, `-`, `~`; none where that is said in words.
    pub(in crate::view) symbol: Option<Span>,
    pub(in crate::view) path: String,
    pub(in crate::view) value: FieldValue,
    pub(in crate::view) remarks: Vec<Span>,
}

/// Both values of a field.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::view) enum FieldValue {
    /// Said in words.
    Said(Span),
    /// Values of one line; a side that does not exist is none.
    Scalar { before: Option<String>, after: Option<String> },
    /// Trees, or a tree and a value of one line; a side that does not exist is null.
    Tree { before: Value, after: Value },
    /// Texts of many lines, by the places where they differ.
    Text(Vec<Hunk>),
}

/// A place where two texts differ, with a few lines around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::view) struct Hunk {
    /// Its first line in the text after.
    pub(in crate::view) line: usize,
    /// In an INI text: the section above, unless it is among the lines.
    pub(in crate::view) section: Option<String>,
    pub(in crate::view) lines: Vec<DiffLine>,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::view) struct DiffLine {
    pub(in crate::view) change: LineChange,
    pub(in crate::view) text: String,
    /// A line that changes and ends the text without a line end.
    pub(in crate::view) unterminated: bool,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::view) enum LineChange {
    Added,
    Removed,
    Same,
}
