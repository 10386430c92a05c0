//! Changes that are each safe alone and not together. They are refused, with the way to do them one after the other.

use iriskit_state::plan::{Note, ResourceChange, Severity, TakesEffect, Verb};
use serde_json::Value;

/// A note for each StatefulSet with a new IRIS image beside something else that must be seen to work first.
pub(super) fn together(changes: &[&ResourceChange]) -> Vec<Note> {
    let mut notes = Vec::new();
    for set in changes.iter().filter(|change| change.kind == "StatefulSet") {
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

fn refused(set: &ResourceChange, message: String, help: String) -> Note {
    Note {
        severity: Severity::Error,
        id: "risky-together".into(),
        message,
        address: Some(set.address.clone()),
        source: set.source.clone(),
        help: Some(help),
    }
}

/// The image of container `iris`.
fn image(set: &Value) -> Option<&str> {
    let containers = set.pointer("/spec/template/spec/containers")?.as_array()?;
    containers.iter().find(|container| container.get("name") == Some(&Value::from("iris")))?.get("image")?.as_str()
}

/// Mirrored data is rolled by iriskit, so the object says `OnDelete`; a mirror member has its shard as label.
fn is_mirror(set: &ResourceChange) -> bool {
    let labels = set.change.after.pointer("/spec/template/metadata/labels");
    set.component == "data" && labels.is_some_and(|labels| labels.get("intersystems.com/shard").is_some())
}

/// The parameters on which the members have to agree, and which each takes over only when it restarts.
fn changed_parameters(map: &ResourceChange) -> Vec<&str> {
    let split = map.impact.parameters.iter().filter(|of| of.mirror && of.takes_effect == TakesEffect::NextRestart);
    let mut keys: Vec<&str> = split.map(|parameter| parameter.key.as_str()).collect();
    keys.dedup();
    keys
}
