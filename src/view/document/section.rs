//! Sections: a heading, and rows with what is said of each.

use super::{
    field::Field,
    span::{Line, Span},
};

/// A heading with the rows that belong to it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::view) struct Section {
    pub(in crate::view) subject: Subject,
    pub(in crate::view) title: String,
    pub(in crate::view) rows: Vec<Row>,
    /// What follows from all rows.
    pub(in crate::view) details: Vec<Detail>,
}

/// What a section is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::view) enum Subject {
    /// A stage of the plan, by its number.
    Stage(usize),
    /// What others changed.
    Drift,
    /// What is not ready.
    NotReady,
    /// What stays behind.
    Staying,
}

/// An object.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::view) struct Row {
    /// What happens to it: `+`, `~` …
    pub(in crate::view) symbol: Span,
    /// Its kind, name, size.
    pub(in crate::view) cells: Vec<Span>,
    /// What is said of it as a whole.
    pub(in crate::view) remarks: Vec<Span>,
    pub(in crate::view) details: Vec<Detail>,
}

/// What is said below a row.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::view) enum Detail {
    /// A field that differs.
    Field(Field),
    /// A parameter of a configuration file.
    Parameter(Parameter),
    /// A sentence.
    Statement(Span),
    /// What happens one after the other; the parts of all steps stand below each other.
    Steps { title: String, steps: Vec<Line> },
    /// A command and what it is for.
    Hint { text: String, command: String },
}

/// A parameter of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::view) struct Parameter {
    pub(in crate::view) name: String,
    /// Its values, for formats that have room for them: the file's lines stand in its field.
    pub(in crate::view) values: Option<String>,
    pub(in crate::view) effect: Span,
}
