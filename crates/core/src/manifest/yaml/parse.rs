//! Text into trees.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::{Error, Location, Spanned};

use super::{
    Key, Kind, MAX_DOCUMENTS, Node, Span,
    documents::{self, Slice},
    duplicate, limits,
};
use crate::{
    diagnostic::{Diagnostic, DiagnosticId},
    manifest::Input,
};

/// One document of an input.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its content; never null.
    pub root: Node,
}

/// Reads every document of `input`. A document with a mistake in its syntax is left out and reported; `null`
/// documents are skipped.
///
/// Findings: `yaml-syntax`, `yaml-budget`, `duplicate-key`.
pub fn read(input: &Input, diagnostics: &mut Vec<Diagnostic>) -> Vec<Document> {
    if input.text.len() > limits::MAX_FILE_BYTES {
        let message = format!("`{}` has {} bytes, more than {}", input.name, input.text.len(), limits::MAX_FILE_BYTES);
        diagnostics.push(Diagnostic::error(DiagnosticId::YamlBudget, message).help("split it into several files"));
        return Vec::new();
    }
    let slices = documents::split(&input.text);
    if slices.len() > MAX_DOCUMENTS {
        let message = format!("`{}` has {} documents, more than {MAX_DOCUMENTS}", input.name, slices.len());
        diagnostics.push(Diagnostic::error(DiagnosticId::YamlBudget, message).help("split it into several files"));
        return Vec::new();
    }
    let mut found = Vec::with_capacity(slices.len());
    for slice in slices {
        match serde_saphyr::from_str_with_options::<Tree>(slice.text, limits::options()) {
            Ok(tree) if tree.0.value == RawKind::Null => {}
            Ok(tree) => {
                let mut root = tree.place(&slice);
                duplicate::report(&mut root, &input.name, diagnostics);
                found.push(Document { root });
            }
            Err(error) => diagnostics.push(failure(&error, &slice, &input.name)),
        }
    }
    found
}

/// The one document of a text, each of its entries where it is written: keys that stand twice are there twice.
pub(crate) fn as_written(text: &str) -> Option<Node> {
    let slices = documents::split(text);
    let [slice] = slices.as_slice() else { return None };
    let tree = serde_saphyr::from_str_with_options::<Tree>(slice.text, limits::options()).ok()?;
    Some(tree.place(slice))
}

fn failure(error: &Error, slice: &Slice<'_>, file: &str) -> Diagnostic {
    let error = error.without_snippet();
    let cause = if let Error::AliasError { error, .. } = error { error.as_ref() } else { error };
    let cause_text = plain(cause);
    let (id, message, help) = if is_budget(cause, &cause_text) {
        let help = format!(
            "at most {} levels, {} values and {} values repeated by aliases are read",
            limits::MAX_DEPTH,
            limits::MAX_NODES,
            limits::MAX_REPLAYED_EVENTS
        );
        (DiagnosticId::YamlBudget, format!("this document exceeds the limits for manifests: {cause_text}"), Some(help))
    } else {
        (DiagnosticId::YamlSyntax, format!("this is not YAML: {cause_text}"), None)
    };
    let position = error.location().map(|place| locate(slice, place).in_file(file));
    let mut diagnostic = Diagnostic::error(id, message).at(position.as_ref(), "");
    diagnostic.help = help.or_else(|| advice(&cause_text, slice).map(str::to_owned));
    diagnostic
}

/// What usually lies behind a mistake in the syntax.
fn advice(cause: &str, slice: &Slice<'_>) -> Option<&'static str> {
    if slice.text.contains("{{") {
        Some("this looks like a template: render it first, as with `helm template`")
    } else if tab_in_indentation(slice) {
        Some("indent with spaces: YAML has no tabs")
    } else if cause.starts_with("mapping values are not allowed") {
        Some("text with `: ` inside needs quotes")
    } else if cause.starts_with("alias references unknown anchor") {
        Some("text that starts with `*` needs quotes")
    } else if cause.contains("did not find expected") {
        Some("check the indentation")
    } else if cause.contains("quote") {
        Some("is a quote missing at the end of a text?")
    } else {
        None
    }
}

fn is_budget(error: &Error, text: &str) -> bool {
    matches!(
        error,
        Error::Budget { .. }
            | Error::AliasReplayLimitExceeded { .. }
            | Error::AliasExpansionLimitExceeded { .. }
            | Error::AliasReplayStackDepthExceeded { .. }
            | Error::AliasReplayCounterOverflow { .. }
    ) || text == "recursion limit exceeded" // of the scanner, which has no variant here
}

/// The library's message without the place, which the label shows.
fn plain(error: &Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned()
}

fn tab_in_indentation(slice: &Slice<'_>) -> bool {
    slice.text.lines().any(|line| line.trim_start_matches(' ').starts_with('\t') && !line.trim().is_empty())
}

/// The place in the whole stream. Errors carry no byte offsets: those are counted from line and column.
fn locate(slice: &Slice<'_>, place: Location) -> Span {
    let mut line = usize::try_from(place.line()).unwrap_or(1).max(1);
    let mut column = usize::try_from(place.column()).unwrap_or(1).max(1);
    let span = place.span();
    let mut bytes = if let (Some(start), Some(len)) = (span.byte_offset(), span.byte_len()) {
        let start = usize::try_from(start).unwrap_or(usize::MAX).min(slice.text.len());
        start..start.saturating_add(usize::try_from(len).unwrap_or(0)).min(slice.text.len())
    } else {
        let before: usize = slice.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let rest = slice.text.get(before..).unwrap_or_default();
        let inside: usize = rest.chars().take(column - 1).map(char::len_utf8).sum();
        let start = before + inside;
        start..start + rest.chars().nth(column - 1).filter(|next| *next != '\n').map_or(0, char::len_utf8)
    };
    // The end of the document is the end of its last line with content, not the start of the next document.
    let content = slice.text.trim_end();
    if bytes.start > content.len() {
        bytes = content.len()..content.len();
        line = content.lines().count().max(1);
        column = content.lines().last().map_or(0, |last| last.chars().count()) + 1;
    }
    Span { line: slice.lines + line, column, bytes: slice.bytes + bytes.start..slice.bytes + bytes.end }
}

/// A node as the library gives it.
struct Tree(Spanned<RawKind>);

#[derive(PartialEq)]
enum RawKind {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Sequence(Vec<Tree>),
    Mapping(Vec<(Tree, Tree)>),
}

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.0.value == other.0.value
    }
}

impl Tree {
    fn place(self, slice: &Slice<'_>) -> Node {
        let span = locate(slice, self.0.referenced);
        let kind = match self.0.value {
            RawKind::Null => Kind::Null,
            RawKind::Bool(value) => Kind::Bool(value),
            RawKind::Number(number) => Kind::Number(number),
            RawKind::String(text) => Kind::String(text),
            RawKind::Sequence(items) => Kind::Sequence(items.into_iter().map(|item| item.place(slice)).collect()),
            RawKind::Mapping(entries) => Kind::Mapping(
                entries.into_iter().map(|(key, value)| (key.into_key(slice), value.place(slice))).collect(),
            ),
        };
        Node { kind, span }
    }

    fn into_key(self, slice: &Slice<'_>) -> Key {
        let span = locate(slice, self.0.referenced);
        let name = match self.0.value {
            RawKind::String(text) => text,
            RawKind::Bool(value) => value.to_string(),
            RawKind::Number(number) => number.to_string(),
            RawKind::Null | RawKind::Sequence(_) | RawKind::Mapping(_) => "null".to_owned(),
        };
        Key { name, span }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for RawKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = RawKind;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a scalar, a list or a mapping")
    }

    fn visit_unit<E>(self) -> Result<RawKind, E> {
        Ok(RawKind::Null)
    }

    fn visit_none<E>(self) -> Result<RawKind, E> {
        Ok(RawKind::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<RawKind, E> {
        Ok(RawKind::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<RawKind, E> {
        Ok(RawKind::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<RawKind, E> {
        Ok(RawKind::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<RawKind, E> {
        Ok(Number::from_f64(value).map_or_else(|| RawKind::String(value.to_string()), RawKind::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<RawKind, E> {
        Ok(RawKind::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<RawKind, E> {
        Ok(RawKind::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<RawKind, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element()? {
            found.push(item);
        }
        Ok(RawKind::Sequence(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<RawKind, A::Error> {
        let mut found = Vec::new();
        while let Some((key, value)) = entries.next_entry::<Tree, Tree>()? {
            if matches!(key.0.value, RawKind::Sequence(_) | RawKind::Mapping(_)) {
                return Err(A::Error::custom("a key must be a scalar, not a list or a mapping"));
            }
            found.push((key, value));
        }
        Ok(RawKind::Mapping(found))
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
