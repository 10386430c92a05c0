//! One changed field.

use console::measure_text_width;
use iriskit_state::plan::{FieldChange, Origin, ResourceChange};
use serde_json::Value;

use super::{change::BELOW, facts::Facts, text_diff};
use crate::ui::Label;
use crate::view::yaml::to_yaml;
use crate::view::{
    moment::ago,
    page::{Page, Piece},
};
use iriskit_core::diff::{MASK, MASK_CHANGED};

/// Where the values of a field stand.
const VALUES: usize = BELOW + 4;

/// Writes it.
pub(super) fn write(page: &mut Page, facts: &Facts<'_>, change: &ResourceChange, field: &FieldChange) {
    let (label, symbol) = match (field.sensitive, &field.before, &field.after) {
        (false, Value::Null, _) => (Label::Added, "+"),
        (false, _, Value::Null) => (Label::Removed, "-"),
        _ => (Label::Changed, "~"),
    };
    let remarks = remarks(facts, change, field);
    let lead = format!("{} {}", page.paint(label, symbol), page.paint(Label::Plain, &field.path));
    if field.sensitive && ![&field.before, &field.after].into_iter().any(is_partly_shown) {
        let mut pieces = vec![Piece::new(Label::Faint, "(sensitive, changed)")];
        pieces.extend(remarks);
        page.lead(BELOW, &lead, VALUES, &pieces);
        return;
    }
    if let Some((before, after)) = texts(field) {
        page.lead(BELOW, &lead, VALUES, &remarks);
        text_diff::write(page, VALUES, before, after);
        return;
    }
    if let (Some(before), Some(after)) = (scalar(&field.before), scalar(&field.after)) {
        one_line(page, &lead, field, &before, &after, &remarks);
    } else {
        page.lead(BELOW, &lead, VALUES, &remarks);
        block(page, Label::Removed, "-", &field.before);
        block(page, Label::Added, "+", &field.after);
    }
}

/// `path  before → after`, or one below the other when that is too long.
fn one_line(page: &mut Page, lead: &str, field: &FieldChange, before: &str, after: &str, remarks: &[Piece<'_>]) {
    let value = match (&field.before, &field.after) {
        (Value::Null, _) => page.paint(Label::Added, after),
        (_, Value::Null) => page.paint(Label::Removed, before),
        _ => format!("{} → {}", page.paint(Label::Removed, before), page.paint(Label::Added, after)),
    };
    if BELOW + measure_text_width(lead) + 2 + measure_text_width(&value) <= page.width() {
        page.lead(BELOW, &format!("{lead}  {value}"), VALUES, remarks);
        return;
    }
    page.lead(BELOW, lead, VALUES, remarks);
    for (label, sign, text, value) in
        [(Label::Removed, "-", before, &field.before), (Label::Added, "+", after, &field.after)]
    {
        if !value.is_null() {
            let line = page.paint(label, format_args!("{sign} {text}"));
            page.line(VALUES, &line);
        }
    }
}

/// A list or map that comes or goes as a whole, as YAML.
fn block(page: &mut Page, label: Label, sign: &str, value: &Value) {
    if value.is_null() {
        return;
    }
    for line in to_yaml(value).lines() {
        let line = page.paint(label, format_args!("{sign} {line}"));
        page.line(VALUES, &line);
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

fn remarks<'a>(facts: &Facts<'_>, change: &ResourceChange, field: &FieldChange) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    if change.change.replace_paths.contains(&field.path) {
        pieces.push(Piece::new(Label::Replaced, "forces it: can't be changed in place"));
    }
    match field.origin {
        Origin::Manifest if field.by.is_some() => {
            pieces.push(Piece::new(Label::Interrupts, format!("was set {}", who(facts, field))));
        }
        Origin::Manifest => {}
        Origin::Drift => pieces.push(Piece::new(Label::Interrupts, format!("set back; changed {}", who(facts, field)))),
        Origin::Server => pieces.push(Piece::new(Label::Faint, "follows from the rest")),
    }
    pieces
}

/// `by kubectl-edit, 3 h ago`.
pub(super) fn who(facts: &Facts<'_>, field: &FieldChange) -> String {
    let by = field.by.as_deref().unwrap_or("somebody");
    match &field.at {
        Some(at) => format!("by {by}, {}", ago(at, &facts.plan.created_at)),
        None => format!("by {by}"),
    }
}

/// A value in a sentence.
pub(super) fn brief(value: &Value) -> String {
    scalar(value).unwrap_or_else(|| value.to_string())
}
