//! What others changed since the last apply: apart from what the manifests change, and before it.

use iriskit_state::plan::{FieldChange, ResourceDrift, Treatment};
use serde_json::Value;

use super::{
    field::{brief, who},
    lookup::Lookup,
};
use crate::{
    ui::Label,
    view::document::{Detail, Field, FieldValue, Row, Section, Span, Subject},
};

/// The section, if there is anything to say. What stops the plan stands among its errors.
pub(super) fn section(lookup: &Lookup<'_>) -> Option<Section> {
    let drift: Vec<&ResourceDrift> =
        lookup.plan.resource_drift.iter().filter(|object| object.treatment != Some(Treatment::Fail)).collect();
    if drift.is_empty() {
        return None;
    }
    let (taken, others): (Vec<_>, Vec<_>) =
        drift.into_iter().partition(|object| object.treatment == Some(Treatment::Take));
    let taken_back = |object: &&ResourceDrift| {
        row(lookup, object, Span::new(Label::Changed, "~"), object.never_ours.then_some("taken over by iriskit"))
    };
    let mut rows: Vec<Row> = taken.iter().map(taken_back).collect();
    if let Some(last) = rows.last_mut() {
        last.details.extend(how_to_keep(&taken));
    }
    rows.extend(others.into_iter().map(|object| {
        let left = object.treatment == Some(Treatment::Leave);
        let outcome = if left { "left to others" } else { "not iriskit's, left alone" };
        row(lookup, object, Span::new(Label::Faint, "·"), Some(outcome))
    }));
    let title = "Changed outside iriskit since the last apply".to_owned();
    Some(Section { subject: Subject::Drift, title, rows, details: Vec::new() })
}

/// The object with both values of each field, who changed it, and what becomes of it.
fn row(lookup: &Lookup<'_>, object: &ResourceDrift, symbol: Span, outcome: Option<&str>) -> Row {
    let name = lookup.name(object.namespace.as_deref(), &object.name);
    let field = |field: &FieldChange| {
        let outcome = outcome.map(|outcome| Span::new(Label::Faint, outcome));
        Detail::Field(Field {
            symbol: None,
            path: field.path.clone(),
            value: FieldValue::Said(Span::new(Label::Changed, what(field))),
            remarks: [Span::new(Label::Faint, who(lookup, field))].into_iter().chain(outcome).collect(),
        })
    };
    Row {
        symbol,
        cells: vec![Span::plain(kind(object)), Span::new(Label::Object, name)],
        remarks: Vec::new(),
        details: object.fields.iter().map(field).collect(),
    }
}

/// The flag for the first field that is set back.
fn how_to_keep(taken: &[&ResourceDrift]) -> Option<Detail> {
    let object = taken.iter().find(|object| object.taken_back)?;
    let field = object.fields.first()?;
    Some(Detail::Hint {
        text: "apply sets it back. To keep it: set it in the manifest, or leave it to others:".to_owned(),
        command: format!("--leave '{}/{}:{}'", kind(object), object.name, field.path),
    })
}

fn kind(object: &ResourceDrift) -> &str {
    object.type_name.rsplit('/').next().unwrap_or(&object.type_name)
}

/// `before → after`; the value before is often known by its hash only.
fn what(field: &FieldChange) -> String {
    match (field.sensitive, &field.before, &field.after) {
        (true, ..) => "(sensitive, changed)".to_owned(),
        (_, _, Value::Null) => "removed".to_owned(),
        (_, Value::Null, after) => format!("now {}", short(after)),
        (_, before, after) => format!("{} → {}", short(before), short(after)),
    }
}

/// Texts of many lines are shown where they are set back, not here.
fn short(value: &Value) -> String {
    let text = brief(value);
    if text.contains('\n') { "other text".to_owned() } else { text }
}
