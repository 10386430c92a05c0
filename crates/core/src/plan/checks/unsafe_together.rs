//! Changes that are each safe alone and not together. They are refused, with the way to do them one after the other.

use iriskit_state::plan::{Component, Note, NoteId, ResourceChange, Severity, Step, TakesEffect, Verb};
use serde_json::Value;

use crate::plan::{
    draft::plan_draft::{Draft, Inputs},
    impact::pod_template::image,
};
use iriskit_kubernetes::{names::IRIS_SHARD, views::StatefulSet};

/// A note for each StatefulSet with a new IRIS image beside something else that must be seen to work first, and for each
/// mirror that would get members and volumes at once.
pub(crate) fn check(draft: &Draft, _: Inputs<'_>) -> Vec<Note> {
    let changes: Vec<&ResourceChange> = draft.changes().collect();
    let mut notes = Vec::new();
    for set in changes.iter().filter(|change| change.kind == "StatefulSet") {
        notes.extend(volumes_beside_members(set));
        let (Some(old), Some(new)) = (image(&set.change.before), image(&set.change.after)) else { continue };
        if old == new {
            continue;
        }
        if set.change.actions == [Verb::Delete, Verb::Create] {
            let paths = set.change.replace_paths.join(", ");
            notes.push(refused(
                set,
                format!("a new image ({old} to {new}) and other storage ({paths}) at once"),
                format!("apply it with image {old} first; then set the image to {new} and apply again"),
            ));
        }
        let beside = |change: &&&ResourceChange| {
            change.kind == "ConfigMap" && change.owner == set.owner && change.component == set.component
        };
        let mirror = is_mirror(set);
        for map in changes.iter().filter(beside).filter(|_| mirror) {
            let parameters = changed_parameters(map);
            if !parameters.is_empty() {
                let parameters = parameters.join(", ");
                notes.push(refused(
                    set,
                    format!(
                        "a new image ({old} to {new}) and another {parameters} in {} at once: until both members agree the \
                         mirror does not fail over by itself",
                        map.name
                    ),
                    format!(
                        "apply it with image {old} first and restart the members; then set the image to {new} and apply \
                         again"
                    ),
                ));
            }
        }
    }
    notes
}

/// A member that lacks a claim is replaced only when another could take over, and that one is made only after it.
fn volumes_beside_members(set: &ResourceChange) -> Option<Note> {
    let replaces = set.steps.iter().any(|step| matches!(step, Step::ReplacePods { mirrored: true, .. }));
    let members = |set: &Value| set.pointer("/spec/replicas").and_then(Value::as_u64);
    let (old, new) = (members(&set.change.before)?, members(&set.change.after)?);
    if !replaces || old >= new {
        return None;
    }
    let paths = set.change.replace_paths.join(", ");
    let message = format!(
        "more members ({old} to {new}) and other storage ({paths}) at once: those that are there are replaced only when \
         another could take over, and Kubernetes makes that one only after them"
    );
    Some(refused(set, message, "apply it without the other storage first; then with it".to_owned()))
}

fn refused(set: &ResourceChange, message: String, help: String) -> Note {
    Note {
        severity: Severity::Error,
        id: NoteId::RiskyTogether,
        message,
        address: Some(set.address.clone()),
        source: set.source.clone(),
        help: Some(help),
    }
}

/// Mirrored data is rolled by iriskit, so the object says `OnDelete`; a mirror member has its shard as label.
fn is_mirror(set: &ResourceChange) -> bool {
    let template = StatefulSet::new(&set.change.after).template();
    set.component == Component::Data && template.label(IRIS_SHARD).is_some()
}

/// The parameters on which the members have to agree, and which each takes over only when it restarts.
fn changed_parameters(map: &ResourceChange) -> Vec<&str> {
    let split = map.impact.parameters.iter().filter(|of| of.mirror && of.takes_effect == TakesEffect::NextRestart);
    let mut keys: Vec<&str> = split.map(|parameter| parameter.key.as_str()).collect();
    keys.dedup();
    keys
}
