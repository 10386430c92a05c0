//! Takes typed values out of a tree and notes everything that is wrong on the way.

use std::{collections::BTreeMap, ops::RangeInclusive};

use super::{
    Input,
    description::Places,
    suggest,
    yaml::{Key, Kind, Node, Span},
};
use crate::diagnostic::{Diagnostic, DiagnosticId, Position, Sources};

/// A value, its dotted path in the document and the key it stands under.
#[derive(Debug, Clone)]
pub(super) struct Field<'n> {
    pub(super) path: String,
    pub(super) key: Option<&'n Key>,
    pub(super) node: &'n Node,
}

impl<'n> Field<'n> {
    /// The entry `name` of a mapping, unless it is missing or empty.
    pub(super) fn entry(&self, name: &str) -> Option<Field<'n>> {
        let (key, node) = self.node.entry(name)?;
        (!node.is_null()).then(|| Field { path: join(&self.path, name), key: Some(key), node })
    }

    /// Where to point: at a scalar itself, at the key of a collection.
    pub(super) fn span(&self) -> &Span {
        match (&self.node.kind, self.key) {
            (Kind::Sequence(_) | Kind::Mapping(_) | Kind::Null, Some(key)) => &key.span,
            (Kind::Mapping(entries), None) => entries.first().map_or(&self.node.span, |(key, _)| &key.span),
            _ => &self.node.span,
        }
    }
}

/// The entries of a mapping whose keys were checked.
#[derive(Debug, Clone)]
pub(super) struct Fields<'n> {
    pub(super) path: String,
    entries: &'n [(Key, Node)],
    span: Span,
}

impl<'n> Fields<'n> {
    /// Whether another key is `name` mistyped; that was reported as an unknown field.
    fn mistyped(&self, name: &str) -> bool {
        is_mistyped(self.entries, name)
    }

    /// The entry `name`, unless it is missing or empty.
    pub(super) fn get(&self, name: &str) -> Option<Field<'n>> {
        let (key, node) = self.entries.iter().find(|(key, _)| key.name == name)?;
        (!node.is_null()).then(|| Field { path: join(&self.path, name), key: Some(key), node })
    }
}

/// Reads one document of one input.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) input: &'a Input,
    /// The kind of object, as messages name it.
    pub(super) kind: String,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
    /// What the document asks for that can't be expanded yet. It is right, so it stands apart from what is wrong.
    pub(super) not_expanded: Vec<Diagnostic>,
    /// Where fields belong that people write elsewhere.
    pub(super) places: &'a Places,
}

impl Reader<'_> {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn position(&self, span: &Span) -> Position {
        span.in_file(&self.input.name)
    }

    /// An error at `field`.
    pub(super) fn error(&mut self, id: DiagnosticId, field: &Field<'_>, message: impl Into<String>, text: &str) {
        let position = self.position(field.span());
        self.report(Diagnostic::error(id, message).at(Some(&position), text));
    }

    /// The text of a scalar as it stands in the file.
    pub(super) fn source(&self, node: &Node) -> &str {
        self.input.text.get(node.span.bytes.clone()).unwrap_or_default()
    }

    /// `wrong-type`.
    pub(super) fn wrong_type(&mut self, field: &Field<'_>, expected: &str) {
        let help = self.type_help(field, expected);
        let message = format!("`{}` must be {expected}, not {}", field.path, field.node.kind_name());
        let label = help.unwrap_or_else(|| format!("must be {expected}"));
        self.error(DiagnosticId::WrongType, field, message, &label);
    }

    /// What to write instead, where that is plain to see.
    fn type_help(&self, field: &Field<'_>, expected: &str) -> Option<String> {
        let source = self.source(field.node).trim();
        match &field.node.kind {
            Kind::Number(_) | Kind::Bool(_) if expected == "a string" => Some(format!("quote it: \"{source}\"")),
            Kind::String(text) if expected == "a boolean" => match text.to_ascii_lowercase().as_str() {
                "yes" | "y" | "on" | "true" | "1" => Some("write true".into()),
                "no" | "n" | "off" | "false" | "0" => Some("write false".into()),
                _ => None,
            },
            Kind::String(text) if expected == "a whole number" => {
                let quoted = source.starts_with(['"', '\'']);
                match u64::from_str_radix(text, 8) {
                    Ok(value) if text.len() > 1 && text.starts_with('0') && !quoted => {
                        Some(format!("write {value}: YAML 1.1 reads {text} as octal, YAML 1.2 does not"))
                    }
                    _ => (quoted && text.parse::<i64>().is_ok()).then(|| format!("write {text} without quotes")),
                }
            }
            Kind::String(text) if expected == "a list" => Some(format!("write [{text}]")),
            _ => None,
        }
    }

    /// `not-expanded-yet`.
    pub(super) fn not_expanded_yet(&mut self, field: &Field<'_>, what: &str) {
        let position = self.position(field.span());
        let message = format!("`{}` is not expanded yet: {what}", field.path);
        self.not_expanded.push(
            Diagnostic::error(DiagnosticId::NotExpandedYet, message)
                .at(Some(&position), "this version of iriskit can't make it"),
        );
    }

    /// The entries of a mapping. Keys that are neither `known` nor `ignored` are errors; only `known` ones are suggested.
    pub(super) fn fields<'n>(&mut self, field: &Field<'n>, known: &[&str], ignored: &[&str]) -> Option<Fields<'n>> {
        let entries = self.mapping(field)?;
        for (key, node) in entries.entries {
            if !known.contains(&key.name.as_str()) && !ignored.contains(&key.name.as_str()) {
                self.unknown_field(&entries.path, key, node, known);
            }
        }
        Some(entries)
    }

    /// The entries of a mapping with free keys.
    pub(super) fn mapping<'n>(&mut self, field: &Field<'n>) -> Option<Fields<'n>> {
        if let Kind::Mapping(entries) = &field.node.kind {
            return Some(Fields { path: field.path.clone(), entries, span: field.span().clone() });
        }
        self.wrong_type(field, "a mapping");
        None
    }

    /// `unknown-field`.
    pub(super) fn unknown_field(&mut self, parent: &str, key: &Key, node: &Node, known: &[&str]) {
        let path = join(parent, &key.name);
        let advice = suggest::advice(parent, &key.name, node, known, self.places);
        let position = self.position(&key.span);
        let message = format!("{} has no field `{path}`", self.kind);
        let mut diagnostic = Diagnostic::error(DiagnosticId::UnknownField, message)
            .at(Some(&position), advice.label.unwrap_or_default());
        diagnostic.help = advice.help;
        self.report(diagnostic);
    }

    /// The entry `name`, or `missing-field`.
    pub(super) fn required<'n>(&mut self, fields: &Fields<'n>, name: &str) -> Option<Field<'n>> {
        let found = fields.get(name);
        if found.is_none() && !fields.mistyped(name) {
            let empty = fields.entries.iter().find(|(key, _)| key.name == name);
            let span = empty.map_or_else(|| fields.span.clone(), |(key, _)| key.span.clone());
            let text = if empty.is_some() { "empty".to_owned() } else { format!("needs `{name}`") };
            let position = self.position(&span);
            let message = format!("`{}` is missing", join(&fields.path, name));
            self.report(Diagnostic::error(DiagnosticId::MissingField, message).at(Some(&position), text));
        }
        found
    }

    /// `missing-field` for an entry that stands there with nothing below it: whoever wrote it wanted something, and that
    /// takes at least the field `inside`.
    pub(super) fn not_empty(&mut self, fields: &Fields<'_>, name: &str, inside: &str) {
        if let Some((key, _)) = fields.entries.iter().find(|(key, node)| key.name == name && node.is_null()) {
            let position = self.position(&key.span);
            let message = format!("`{}` is empty", join(&fields.path, name));
            self.report(
                Diagnostic::error(DiagnosticId::MissingField, message).at(Some(&position), format!("needs `{inside}`")),
            );
        }
    }

    /// A string that is not empty.
    pub(super) fn text(&mut self, field: &Field<'_>) -> Option<String> {
        let Some(text) = field.node.as_str() else {
            self.wrong_type(field, "a string");
            return None;
        };
        if text.is_empty() {
            self.error(DiagnosticId::BadValue, field, format!("`{}` is empty", field.path), "");
            return None;
        }
        Some(text.to_owned())
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, field: &Field<'_>) -> Option<bool> {
        if let Kind::Bool(value) = field.node.kind {
            return Some(value);
        }
        self.wrong_type(field, "a boolean");
        None
    }

    /// A whole number within `range`.
    pub(super) fn count(&mut self, field: &Field<'_>, range: RangeInclusive<u32>) -> Option<u32> {
        let Kind::Number(number) = &field.node.kind else {
            self.wrong_type(field, "a whole number");
            return None;
        };
        let value = number.as_u64().and_then(|value| u32::try_from(value).ok()).filter(|value| range.contains(value));
        if value.is_none() {
            let message = format!("`{}` must be a whole number from {} to {}", field.path, range.start(), range.end());
            self.error(DiagnosticId::BadValue, field, message, &format!("not {number}"));
        }
        value
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, field: &Field<'_>, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(field)?;
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let label = suggest::closest(&text, &words).map(|word| format!("did you mean `{word}`?")).unwrap_or_default();
        let allowed = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let position = self.position(field.span());
        let message = format!("`{text}` is not a value of `{}`", field.path);
        self.report(
            Diagnostic::error(DiagnosticId::BadValue, message)
                .at(Some(&position), label)
                .help(format!("one of {allowed}")),
        );
        None
    }

    /// The items of a list; empty items are errors.
    pub(super) fn list<'n>(&mut self, field: &Field<'n>) -> Vec<Field<'n>> {
        let Kind::Sequence(items) = &field.node.kind else {
            self.wrong_type(field, "a list");
            return Vec::new();
        };
        let mut found = Vec::with_capacity(items.len());
        for (at, node) in items.iter().enumerate() {
            let item = Field { path: format!("{}[{at}]", field.path), key: None, node };
            if node.is_null() {
                self.error(DiagnosticId::BadValue, &item, format!("`{}` is empty", item.path), "");
            } else {
                found.push(item);
            }
        }
        found
    }

    /// A mapping of strings, as labels and annotations are; values may be empty.
    pub(super) fn text_map(
        &mut self,
        field: &Field<'_>,
        check: fn(&mut Self, &Field<'_>, &str),
    ) -> BTreeMap<String, String> {
        let Some(fields) = self.mapping(field) else { return BTreeMap::new() };
        let mut found = BTreeMap::new();
        for entry in
            fields.entries.iter().map(|(key, node)| Field { path: join(&fields.path, &key.name), key: Some(key), node })
        {
            match entry.node.as_str() {
                Some(text) => {
                    check(self, &entry, text);
                    found.insert(entry.key.map(|key| key.name.clone()).unwrap_or_default(), text.to_owned());
                }
                None => self.wrong_type(&entry, "a string"),
            }
        }
        found
    }
}

/// Whether one of the keys is `name` mistyped.
pub(super) fn is_mistyped(entries: &[(Key, Node)], name: &str) -> bool {
    let missing = entries.iter().all(|(key, _)| key.name != name);
    missing && entries.iter().any(|(key, _)| suggest::closest(&key.name, &[name]).is_some())
}

/// `path.name`; the root has the empty path.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The places of every field below `node`.
pub(super) fn sources(root: &Node, input: &Input) -> Sources {
    let mut found = Sources::default();
    record(&Field { path: String::new(), key: None, node: root }, input, &mut found);
    found
}

fn record(field: &Field<'_>, input: &Input, found: &mut Sources) {
    found.insert(field.path.clone(), field.span().in_file(&input.name));
    match &field.node.kind {
        Kind::Mapping(entries) => {
            for (key, node) in entries {
                record(&Field { path: join(&field.path, &key.name), key: Some(key), node }, input, found);
            }
        }
        Kind::Sequence(items) => {
            for (at, node) in items.iter().enumerate() {
                record(&Field { path: format!("{}[{at}]", field.path), key: None, node }, input, found);
            }
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {}
    }
}
