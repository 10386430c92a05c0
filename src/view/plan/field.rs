//! One changed field.

use iriskit_state::plan::{FieldChange, Origin, ResourceChange};
use serde_json::Value;

use super::{lookup::Lookup, text_diff};
use crate::{
    ui::Label,
    view::{
        document::{Field, FieldValue, Span},
        moment::ago,
    },
};
use iriskit_core::diff::{MASK, MASK_CHANGED};

/// What becomes of it.
pub(super) fn field(lookup: &Lookup<'_>, change: &ResourceChange, field: &FieldChange) -> Field {
    let (label, symbol) = symbol(field);
    Field {
        symbol: Some(Span::new(label, symbol)),
        path: field.path.clone(),
        value: value(field),
        remarks: remarks(lookup, change, field),
    }
}

/// A field in which pods that run differ from what their set wants.
pub(super) fn cause(lookup: &Lookup<'_>, field: &FieldChange) -> Field {
    let (label, symbol) = symbol(field);
    let said = match (&field.by, field.origin) {
        (Some(_), _) => format!("set {}; pods run without it", who(lookup, field)),
        (None, Origin::Server) => "set by the server; pods run without it".to_owned(),
        (None, _) => "pods run without it".to_owned(),
    };
    let said = if field.after.is_null() { "pods still run with it".to_owned() } else { said };
    Field {
        symbol: Some(Span::new(label, symbol)),
        path: field.path.clone(),
        value: value(field),
        remarks: vec![Span::new(Label::Interrupts, said)],
    }
}

fn symbol(field: &FieldChange) -> (Label, &'static str) {
    match (field.sensitive, &field.before, &field.after) {
        (false, Value::Null, _) => (Label::Added, "+"),
        (false, _, Value::Null) => (Label::Removed, "-"),
        _ => (Label::Changed, "~"),
    }
}

fn value(field: &FieldChange) -> FieldValue {
    if field.sensitive && ![&field.before, &field.after].into_iter().any(is_partly_shown) {
        return FieldValue::Said(Span::new(Label::Faint, "(sensitive, changed)"));
    }
    if let Some((before, after)) = texts(field) {
        return FieldValue::Text(text_diff::hunks(before, after));
    }
    match (scalar(&field.before), scalar(&field.after)) {
        (Some(before), Some(after)) => {
            let side = |value: &Value, text: String| (!value.is_null()).then_some(text);
            FieldValue::Scalar { before: side(&field.before, before), after: side(&field.after, after) }
        }
        _ => FieldValue::Tree { before: field.before.clone(), after: field.after.clone() },
    }
}

/// Both sides, when they are texts of several lines; a side that does not exist is an empty text.
fn texts(field: &FieldChange) -> Option<(&str, &str)> {
    let side = |value: &'_ Value| value.is_null() || value.is_string();
    let (before, after) = (field.before.as_str().unwrap_or(""), field.after.as_str().unwrap_or(""));
    let multi = before.trim_end().contains('\n') || after.trim_end().contains('\n');
    (multi && side(&field.before) && side(&field.after)).then_some((before, after))
}

/// Whether more is known of a value with secrets than that it is one: a text with masks in it.
fn is_partly_shown(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text != MASK && text != MASK_CHANGED)
}

/// A value of one line. A string is quoted where it could be mistaken for another type; empty maps and lists count.
fn scalar(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::String(text) => {
            let other = text.trim() != text || serde_json::from_str::<Value>(text).is_ok();
            if text.is_empty() || other { value.to_string() } else { text.clone() }
        }
        Value::Array(_) | Value::Object(_) => return None,
    })
}

fn remarks(lookup: &Lookup<'_>, change: &ResourceChange, field: &FieldChange) -> Vec<Span> {
    let mut said = Vec::new();
    if change.change.replace_paths.contains(&field.path) {
        said.push(Span::new(Label::Replaced, "forces replacement: can't be changed in place"));
    }
    match field.origin {
        Origin::Manifest if field.by.is_some() => {
            said.push(Span::new(Label::Interrupts, format!("was set {}", who(lookup, field))));
        }
        Origin::Manifest => {}
        Origin::Drift => said.push(Span::new(Label::Interrupts, format!("set back; changed {}", who(lookup, field)))),
        Origin::Server => said.push(Span::new(Label::Faint, "follows from the rest")),
    }
    said
}

/// `by kubectl-edit, 3 h ago`.
pub(super) fn who(lookup: &Lookup<'_>, field: &FieldChange) -> String {
    who_did(lookup, field.by.as_deref().unwrap_or("an unknown manager"), field.at.as_deref())
}

/// The same of a field manager and a time.
pub(super) fn who_did(lookup: &Lookup<'_>, by: &str, at: Option<&str>) -> String {
    match at {
        Some(at) => format!("by {by}, {}", ago(at, &lookup.plan.created_at)),
        None => format!("by {by}"),
    }
}

/// A value in a sentence.
pub(super) fn brief(value: &Value) -> String {
    scalar(value).unwrap_or_else(|| value.to_string())
}
