//! Where in the user's files a field stands.

use std::collections::BTreeMap;

/// A place in an input: the name of the file as the user gave it, a line and a column (both from 1), and the
/// byte range in the file's text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Position {
    /// Path as given by the user, `-` for standard input.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Byte offsets of the text in the file.
    pub bytes: std::ops::Range<usize>,
}

/// Positions of the fields of one document, by dotted path (`spec.topology.data.mirrored`,
/// `spec.volumes[0].name`); the empty path is the document itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    fields: BTreeMap<String, Position>,
}

impl Sources {
    /// Records where the value of `path` stands.
    pub fn insert(&mut self, path: impl Into<String>, position: Position) {
        self.fields.insert(path.into(), position);
    }

    /// The position of `path`, or of its nearest ancestor that stands in the file.
    pub(crate) fn nearest(&self, path: &str) -> Option<&Position> {
        let mut path = path;
        loop {
            if let Some(found) = self.fields.get(path) {
                return Some(found);
            }
            path = match path.rfind(['.', '[']) {
                Some(cut) => path.get(..cut)?,
                None if path.is_empty() => return None,
                None => "",
            };
        }
    }
}
