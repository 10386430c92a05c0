//! What a change does to what managers own, and when it is a conflict.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    compare::Comparison,
    failure::Failure,
    managed::{Managed, Manager},
};
use iriskit_kubernetes::schema::{FieldSet, Path};

/// Which places a request through this subresource can own: the main resource everything but `status`, `status` nothing
/// of `spec`.
pub(super) fn ownable(fields: &FieldSet, subresource: &str) -> FieldSet {
    let hidden = match subresource {
        "" => "status",
        "status" => "spec",
        _ => return fields.clone(),
    };
    fields.recursive_difference(&[Path::fields([hidden])].into_iter().collect())
}

/// Takes what changed from every manager but the one who changes it.
///
/// # Errors
/// What would be taken, by manager, unless `force`.
pub(super) fn take(
    managed: &mut Managed,
    changes: &Comparison,
    by: Option<&Manager>,
    force: bool,
) -> Result<(), BTreeMap<Manager, FieldSet>> {
    let touched = changes.changed();
    let mut conflicts = BTreeMap::new();
    for (manager, entry) in managed.entries.iter().filter(|(manager, _)| Some(*manager) != by) {
        let theirs = entry.fields.intersection(&touched);
        if !theirs.is_empty() {
            conflicts.insert(manager.clone(), theirs);
        }
    }
    if !force && !conflicts.is_empty() {
        return Err(conflicts);
    }
    for (manager, entry) in managed.entries.iter_mut().filter(|(manager, _)| Some(*manager) != by) {
        if let Some(theirs) = conflicts.get(manager) {
            entry.fields = entry.fields.difference(theirs);
        }
        entry.fields = entry.fields.difference(&changes.removed);
    }
    managed.drop_empty();
    Ok(())
}

/// 409: managers and places, each place once a manager.
pub(super) fn conflict(conflicts: &BTreeMap<Manager, FieldSet>) -> Failure {
    let pairs: Vec<(&Manager, Path)> =
        conflicts.iter().flat_map(|(manager, fields)| fields.leaves().map(move |path| (manager, path))).collect();
    let causes: Vec<Value> = pairs
        .iter()
        .map(|(manager, path)| {
            json!({
                "reason": "FieldManagerConflict",
                "message": format!("conflict with {manager}"),
                "field": path.to_string(),
            })
        })
        .collect();
    let message = if let [(manager, path)] = pairs.as_slice() {
        format!("Apply failed with 1 conflict: conflict with {manager}: {path}")
    } else {
        let mut lines = Vec::new();
        for (manager, fields) in conflicts {
            lines.push(format!("conflicts with {manager}:"));
            lines.extend(fields.leaves().map(|path| format!("- {path}")));
        }
        format!("Apply failed with {} conflicts: {}", pairs.len(), lines.join("\n"))
    };
    Failure::new(409, "Conflict", message).with_details(Map::from_iter([("causes".to_owned(), Value::Array(causes))]))
}
