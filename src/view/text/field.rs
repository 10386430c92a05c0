//! One changed field.

use console::measure_text_width;
use serde_json::Value;

use super::page::Page;
use crate::{
    ui::Label,
    view::{
        document::{Field, FieldValue, Hunk, LineChange, Span},
        yaml::to_yaml,
    },
};

/// Where values start, from where the field does.
const VALUES: usize = 4;

/// Writes it at column `indent`.
pub(super) fn write(page: &mut Page, indent: usize, field: &Field) {
    let path = page.paint(Label::Plain, &field.path);
    let symbol = field.symbol.as_ref().map(|symbol| format!("{} ", page.span(symbol))).unwrap_or_default();
    let lead = format!("{symbol}{path}");
    let values = indent + VALUES;
    match &field.value {
        FieldValue::Said(said) => {
            let pieces: Vec<Span> = [said].into_iter().chain(&field.remarks).cloned().collect();
            page.lead(indent, &lead, values, &pieces);
        }
        FieldValue::Text(hunks) => {
            page.lead(indent, &lead, values, &field.remarks);
            for hunk in hunks {
                write_hunk(page, values, hunk);
            }
        }
        FieldValue::Scalar { before, after } => {
            write_scalar(page, indent, &lead, before.as_deref(), after.as_deref(), &field.remarks);
        }
        FieldValue::Tree { before, after } => {
            page.lead(indent, &lead, values, &field.remarks);
            write_tree(page, values, Label::Removed, "-", before);
            write_tree(page, values, Label::Added, "+", after);
        }
    }
}

/// `path  before → after`, or one below the other when that is too long.
fn write_scalar(
    page: &mut Page,
    indent: usize,
    lead: &str,
    before: Option<&str>,
    after: Option<&str>,
    remarks: &[Span],
) {
    let value = match (before, after) {
        (None, after) => page.paint(Label::Added, after.unwrap_or_default()),
        (Some(before), None) => page.paint(Label::Removed, before),
        (Some(before), Some(after)) => {
            format!("{} → {}", page.paint(Label::Removed, before), page.paint(Label::Added, after))
        }
    };
    let values = indent + VALUES;
    if indent + measure_text_width(lead) + 2 + measure_text_width(&value) <= page.width() {
        page.lead(indent, &format!("{lead}  {value}"), values, remarks);
        return;
    }
    page.lead(indent, lead, values, remarks);
    for (label, sign, text) in [(Label::Removed, "-", before), (Label::Added, "+", after)] {
        if let Some(text) = text {
            page.value(values, label, sign, text);
        }
    }
}

/// A list or map that comes or goes as a whole, as YAML.
fn write_tree(page: &mut Page, indent: usize, label: Label, sign: &str, value: &Value) {
    if value.is_null() {
        return;
    }
    for line in to_yaml(value).lines() {
        page.value(indent, label, sign, line);
    }
}

/// The lines of a text that differ.
fn write_hunk(page: &mut Page, indent: usize, hunk: &Hunk) {
    let section = hunk.section.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
    let heading = page.paint(Label::Faint, format_args!("line {}{section}", hunk.line));
    page.line(indent, &heading);
    for line in &hunk.lines {
        let (label, sign) = match line.change {
            LineChange::Removed => (Label::Removed, "-"),
            LineChange::Added => (Label::Added, "+"),
            LineChange::Same => (Label::Faint, " "),
        };
        page.value(indent, label, sign, &line.text);
        if line.unterminated {
            let remark = page.paint(Label::Faint, "  (no newline at the end)");
            page.line(indent, &remark);
        }
    }
}
