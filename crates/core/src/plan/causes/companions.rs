//! Companions are their own manifest: a field that says something else than at the last apply stands in it.

use iriskit_state::plan::{Cause, CauseKind, FieldChange, Origin, ResourceChange};

use super::new::cause;
use crate::{manifest::Reading, plan::notes::place};

/// The fields of a companion that its manifest changed, each with its line.
pub(super) fn of_companion(change: &ResourceChange, reading: &Reading) -> Vec<Cause> {
    let Some(companion) = reading.companions.iter().find(|companion| companion.object.address() == change.address)
    else {
        return Vec::new();
    };
    let of_field = |field: &FieldChange| {
        // Where a key stands in brackets for people, positions have it behind a dot; items are not told apart by name.
        let source = companion.sources.nearest(&field.path.replace('[', ".").replace(']', "")).map(place);
        Cause {
            source,
            before: field.before.clone(),
            after: field.after.clone(),
            fields: vec![field.path.clone()],
            ..cause(CauseKind::Manifest, field.path.clone())
        }
    };
    let changed = change.fields.iter().filter(|field| field.origin == Origin::Manifest);
    changed.map(of_field).collect()
}
