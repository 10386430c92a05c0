//! Whether the server would still make of a change what the plan says of it: admission may have changed since.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::plan::{ResourceChange, Verified};
use serde_json::Value;

use crate::{
    diff::{MASK, MASK_CHANGED, differences, hollow, mask},
    plan::changes::{
        drift::{changed_fields, visible},
        local_prediction::unknown_fields,
        written_default,
    },
};
use iriskit_kubernetes::schema::{Path, PathElement, leaves, table};

/// A field that would become something else than the plan says.
#[derive(Debug, Clone, PartialEq)]
pub struct UnplannedField {
    /// `spec.template.metadata.annotations.team`.
    pub path: String,
    /// What the plan says: the value afterwards, or that the field does not change.
    pub planned: FieldOutcome,
    /// What the server would make of it now.
    pub now: FieldOutcome,
}

/// What becomes of a field. Secret values are masked.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldOutcome {
    /// It is as it was before.
    Unchanged,
    /// It has this value; `null` where it is gone.
    Becomes(Value),
}

/// What differs from the plan in the server's answer to the body of a change.
///
/// `before` is the live object that is updated; `None` for one that is made. A change that the server did not verify when it
/// was planned says nothing that could differ. Values that are not the manifest's may be others than planned: admission
/// stamps times and users.
pub fn unplanned_fields(
    change: &ResourceChange,
    before: Option<&Value>,
    body: &Value,
    answer: &Value,
) -> Vec<UnplannedField> {
    if change.verified != Verified::Server {
        return Vec::new();
    }
    match before {
        Some(before) => unplanned_in_update(change, before, body, answer),
        None => unplanned_in_creation(change, body, answer),
    }
}

fn unplanned_in_update(change: &ResourceChange, before: &Value, body: &Value, answer: &Value) -> Vec<UnplannedField> {
    let Some(kind) = table().kind(&change.api_version, &change.kind) else { return Vec::new() };
    let mut after = answer.clone();
    unknown_fields(&change.kind, body, Some(before), &mut after);
    written_default::write_out(&change.steps, &mut after);
    let flat = |fields: &[iriskit_state::plan::FieldChange]| {
        let mut values = BTreeMap::new();
        for field in fields {
            flatten(&field.path, &field.after, &mut values);
        }
        values
    };
    let (planned, now) = (flat(&change.fields), flat(&changed_fields(kind, before, &after, body)));
    let manifest_fields = manifest_fields(change, body);
    let lacks = |values: &BTreeMap<String, Value>, path: &str| {
        !values.keys().any(|known| within(known, path) || within(path, known))
    };
    let becomes = |value: Option<&Value>| value.cloned().map_or(FieldOutcome::Unchanged, FieldOutcome::Becomes);
    let paths: BTreeSet<&String> = planned.keys().chain(now.keys()).collect();
    let differs = |path: &&&String| match (planned.get(**path), now.get(**path)) {
        (Some(then), Some(now)) => then != now && manifest_fields.iter().any(|leaf| within(path, leaf)),
        (Some(_), None) => lacks(&now, path),
        (None, _) => lacks(&planned, path),
    };
    let unplanned = paths.iter().filter(differs).map(|path| UnplannedField {
        path: (*path).clone(),
        planned: becomes(planned.get(*path)),
        now: becomes(now.get(*path)),
    });
    unplanned.collect()
}

fn unplanned_in_creation(change: &ResourceChange, body: &Value, answer: &Value) -> Vec<UnplannedField> {
    let Some(kind) = table().kind(&change.api_version, &change.kind) else { return Vec::new() };
    let mut after = visible(answer);
    unknown_fields(&change.kind, body, None, &mut after);
    if let Some(metadata) = after.get_mut("metadata").and_then(Value::as_object_mut) {
        // The server may have been asked under another name.
        metadata.insert("name".to_owned(), Value::from(change.name.as_str()));
    }
    let (after, _) = mask(&after, None);
    let manifest_fields = manifest_fields(change, body);
    // Each dry-run of these gives them other names inside.
    let random = matches!(change.kind.as_str(), "Pod" | "Job");
    let found = differences(kind, &change.change.after, &after).into_iter().map(|difference| {
        let value = |value: Option<Value>| FieldOutcome::Becomes(value.unwrap_or_default());
        let came_or_went = difference.before.is_none() != difference.after.is_none();
        let field = UnplannedField {
            path: difference.path.to_human(),
            planned: value(difference.before),
            now: value(difference.after),
        };
        (came_or_went, field)
    });
    let matters = |(came_or_went, field): &(bool, UnplannedField)| {
        let part = *came_or_went && !random && field.path.starts_with("spec.");
        part || manifest_fields.iter().any(|leaf| within(&field.path, leaf)) && !is_masked(&field.planned)
    };
    found.filter(matters).map(|(_, field)| field).collect()
}

/// The fields that the body has, as people write them.
fn manifest_fields(change: &ResourceChange, body: &Value) -> BTreeSet<String> {
    let Some(kind) = table().kind(&change.api_version, &change.kind) else { return BTreeSet::new() };
    leaves(kind, &hollow(body)).into_iter().map(|(path, _)| path.to_human()).collect()
}

fn is_masked(outcome: &FieldOutcome) -> bool {
    let FieldOutcome::Becomes(Value::String(text)) = outcome else { return false };
    text.contains(MASK) || text.contains(MASK_CHANGED)
}

/// Members of maps one by one, since what is in a map decides whether it is unplanned as a whole.
fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                let name = Path(vec![PathElement::field(name)]).to_human();
                let dot = if name.starts_with('[') { "" } else { "." };
                flatten(&format!("{path}{dot}{name}"), value, into);
            }
        }
        _ => {
            into.insert(path.to_owned(), value.clone());
        }
    }
}

fn within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map that is new is one change, and a key of a map that is there is one: both are unplanned by the same place.
    #[test]
    fn what_is_in_a_map_has_the_place_that_a_change_of_it_alone_has() {
        let mut values = BTreeMap::new();
        flatten("data", &serde_json::json!({"compute.cpf": "x", "plain": {"deep": 1}, "none": {}}), &mut values);
        assert_eq!(values.keys().collect::<Vec<_>>(), ["data.none", "data.plain.deep", "data[compute.cpf]"]);
    }
}
