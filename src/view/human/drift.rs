//! What others changed since the last apply: apart from what the manifests change, and before it.

use iriskit_state::plan::{FieldChange, ResourceDrift};
use serde_json::Value;

use super::{
    change::BELOW,
    facts::Facts,
    field::{brief, who},
};
use crate::{
    ui::Label,
    view::page::{Page, Piece},
};

/// Writes the section, if there is anything to say.
pub(super) fn write(page: &mut Page, facts: &Facts<'_>) {
    let drift = &facts.plan.resource_drift;
    if drift.is_empty() {
        return;
    }
    page.blank();
    let heading = page.paint(Label::Heading, "Changed outside iriskit since the last apply");
    page.line(0, &heading);
    for object in drift.iter().filter(|object| object.taken_back) {
        row(page, facts, object, Label::Changed, "~");
        for field in &object.fields {
            let lead = page.paint(Label::Plain, &field.path);
            let pieces = [Piece::new(Label::Changed, what(field)), Piece::new(Label::Faint, who(facts, field))];
            page.lead(BELOW, &lead, BELOW + 4, &pieces);
        }
    }
    if drift.iter().any(|object| object.taken_back) {
        page.paragraph(BELOW, Label::Plain, "apply sets it back. To keep it: set it in the manifest.");
    }
    for object in drift.iter().filter(|object| !object.taken_back) {
        row(page, facts, object, Label::Faint, "·");
        for field in &object.fields {
            let text = format!("{} {}: not iriskit's, left alone", field.path, who(facts, field));
            page.paragraph(BELOW, Label::Faint, &text);
        }
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
