//! The tree that reading gives.

use std::ops::Range;

use serde_json::{Map, Number, Value};

use crate::diagnostic::Position;

/// A place in the text of one input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Byte offsets in the input's text.
    pub bytes: Range<usize>,
}

impl Span {
    /// The same place with the name of its input.
    pub(crate) fn in_file(&self, file: &str) -> Position {
        Position { file: file.to_owned(), line: self.line, column: self.column, bytes: self.bytes.clone() }
    }
}

/// One value and where it stands: a scalar from its first to its last character (quotes included), a collection
/// at its start, a value that came through an alias at the alias.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`, no other spelling.
    Bool(bool),
    /// An integer or a finite float.
    Number(Number),
    /// Text.
    String(String),
    /// Items in order.
    Sequence(Vec<Node>),
    /// Entries in the order of the text.
    Mapping(Vec<(Key, Node)>),
}

/// The key of a mapping's entry. Booleans and numbers count as their text, as kubectl takes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The text.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

impl Node {
    /// What people call this kind of value.
    pub(crate) fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::String(_) => "a string",
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
        }
    }

    /// Whether it is `null` or empty.
    pub fn is_null(&self) -> bool {
        self.kind == Kind::Null
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The entries, if it is a mapping.
    pub(crate) fn entries(&self) -> Option<&[(Key, Node)]> {
        match &self.kind {
            Kind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The entry `name` of a mapping.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|(_, node)| node)
    }

    /// The entry `name` of a mapping, with its key.
    pub fn entry(&self, name: &str) -> Option<&(Key, Node)> {
        self.entries()?.iter().find(|(key, _)| key.name == name)
    }

    /// The value without positions.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::String(text) => Value::String(text.clone()),
            Kind::Sequence(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Kind::Mapping(entries) => {
                let entries = entries.iter().map(|(key, node)| (key.name.clone(), node.to_value()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
}
