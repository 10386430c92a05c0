//! What others changed since the last apply: apart from what the manifests change, and before it.

use iriskit_state::plan::{FieldChange, ResourceDrift, Treatment};
use serde_json::Value;

use super::{
    change::BELOW,
    facts::Facts,
    field::{brief, who},
};
use crate::ui::Label;
use crate::view::page::{Page, Piece};

/// Writes the section, if there is anything to say. What stops the plan stands among its errors.
pub(super) fn write(page: &mut Page, facts: &Facts<'_>) {
    let drift: Vec<&ResourceDrift> =
        facts.plan.resource_drift.iter().filter(|object| object.treatment != Some(Treatment::Fail)).collect();
    if drift.is_empty() {
        return;
    }
    page.blank();
    let heading = page.paint(Label::Heading, "Changed outside iriskit since the last apply");
    page.line(0, &heading);
    let (taken, others): (Vec<_>, Vec<_>) =
        drift.into_iter().partition(|object| object.treatment == Some(Treatment::Take));
    for object in taken.iter().copied() {
        row(page, facts, object, Label::Changed, "~");
        values(page, facts, object, object.never_ours.then_some("becomes iriskit's"));
    }
    if let Some((object, field)) =
        taken.iter().find(|object| object.taken_back).and_then(|object| Some((object, object.fields.first()?)))
    {
        let kind = object.type_name.rsplit('/').next().unwrap_or(&object.type_name);
        page.paragraph(
            BELOW,
            Label::Plain,
            "apply sets it back. To keep it: set it in the manifest, or leave it to others:",
        );
        let flag = page.paint(Label::Command, format_args!("--leave '{kind}/{}:{}'", object.name, field.path));
        page.line(BELOW, &flag);
    }
    for object in others {
        row(page, facts, object, Label::Faint, "·");
        let left = object.treatment == Some(Treatment::Leave);
        values(page, facts, object, Some(if left { "left to others" } else { "not iriskit's, left alone" }));
    }
}

/// Both values of each field, who changed it, and what becomes of it.
fn values(page: &mut Page, facts: &Facts<'_>, object: &ResourceDrift, outcome: Option<&str>) {
    for field in &object.fields {
        let lead = page.paint(Label::Plain, &field.path);
        let mut pieces = vec![Piece::new(Label::Changed, what(field)), Piece::new(Label::Faint, who(facts, field))];
        pieces.extend(outcome.map(|outcome| Piece::new(Label::Faint, outcome)));
        page.lead(BELOW, &lead, BELOW + 4, &pieces);
    }
}

fn row(page: &mut Page, facts: &Facts<'_>, object: &ResourceDrift, label: Label, symbol: &str) {
    let kind = object.type_name.rsplit('/').next().unwrap_or(&object.type_name);
    let name = facts.name(object.namespace.as_deref(), &object.name);
    let line = format!("{} {kind}  {}", page.paint(label, symbol), page.paint(Label::Object, name));
    page.line(5, &line);
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
