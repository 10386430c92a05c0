//! What a change does to what managers own, and when it is a conflict.

use super::{
    compare::Comparison,
    managed_fields::{ManagedFields, Manager},
};
use crate::schema::{FieldSet, Path};

/// Fields of another manager that an apply changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The other manager.
    pub manager: Manager,
    /// Its fields.
    pub fields: FieldSet,
}

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
    managed: &mut ManagedFields,
    changes: &Comparison,
    by: Option<&Manager>,
    force: bool,
) -> Result<(), Vec<Conflict>> {
    let touched = changes.changed();
    let others = |manager: &&Manager| Some(*manager) != by;
    if !force {
        let conflicts: Vec<Conflict> = managed
            .entries
            .iter()
            .filter(|(manager, _)| others(manager))
            .map(|(manager, entry)| Conflict { manager: manager.clone(), fields: entry.fields.intersection(&touched) })
            .filter(|conflict| !conflict.fields.is_empty())
            .collect();
        if !conflicts.is_empty() {
            return Err(conflicts);
        }
    }
    for (_, entry) in managed.entries.iter_mut().filter(|(manager, _)| others(manager)) {
        entry.fields = entry.fields.difference(&entry.fields.intersection(&touched)).difference(&changes.removed);
    }
    managed.drop_empty();
    Ok(())
}
