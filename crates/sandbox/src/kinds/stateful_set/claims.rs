//! The claims of a StatefulSet's pods: named after template, set and ordinal, and who owns them.

use serde_json::{Value, json};

use super::set::{Set, pod_reference};
use crate::{
    clock::Now,
    fields,
    key::{Key, Resource},
    objects::Failure,
    owners,
    world::{World, Writer},
};

/// The claim templates of a set. Of two with one name the last counts.
pub(super) fn templates<'a>(set: &Set<'a>) -> Vec<&'a Value> {
    let all = fields::items(set.value, "/spec/volumeClaimTemplates");
    let is_last = |at: usize, template: &Value| {
        all.iter().rposition(|other| fields::name(other) == fields::name(template)) == Some(at)
    };
    all.iter().enumerate().filter(|(at, template)| is_last(*at, template)).map(|(_, template)| template).collect()
}

/// `data-iris-0`.
pub(super) fn name(set: &Set<'_>, template: &Value, ordinal: i64) -> String {
    format!("{}-{}", fields::name(template), set.pod_name(ordinal))
}

fn key(set: &Set<'_>, template: &Value, ordinal: i64) -> Key {
    Key::new(Resource::CLAIMS, &set.key.namespace, &name(set, template, ordinal))
}

/// Makes the claims of an ordinal that are missing; gives the names of those it made.
pub(super) fn create_missing(world: &mut World, set: &Set<'_>, ordinal: i64, now: Now) -> Result<Vec<String>, Failure> {
    let mut made = Vec::new();
    for template in templates(set) {
        let name = name(set, template, ordinal);
        if world.get(&key(set, template, ordinal)).is_some() {
            continue;
        }
        let mut labels = template.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
        if let Some(selected) = set.value.pointer("/spec/selector/matchLabels").and_then(Value::as_object) {
            for (label, value) in selected {
                fields::set(&mut labels, &[label], Some(value.clone()));
            }
        }
        let mut metadata = json!({"name": name, "labels": labels});
        if let Some(annotations) = template.pointer("/metadata/annotations") {
            fields::set(&mut metadata, &["annotations"], Some(annotations.clone()));
        }
        let body = json!({"metadata": metadata, "spec": template.get("spec")});
        world.make(Resource::CLAIMS, &set.key.namespace, body, now)?;
        made.push(name);
    }
    Ok(made)
}

/// Whether a claim of the ordinal is being deleted: its pod can't be made before it is gone.
pub(super) fn is_stale(world: &World, set: &Set<'_>, ordinal: i64) -> bool {
    templates(set)
        .iter()
        .filter_map(|template| world.store.get(&key(set, template, ordinal)))
        .any(|claim| fields::is_terminating(claim))
}

/// Gives the claims of a pod the owners that the retention policy asks for: the set (`whenDeleted: Delete`), and for a
/// pod that a scale-down takes away the pod (`whenScaled: Delete`).
pub(super) fn apply_retention(world: &mut World, set: &Set<'_>, pod: &Value, ordinal: i64, now: Now) {
    let policy = |field: &str| {
        fields::text(set.value, &format!("/spec/persistentVolumeClaimRetentionPolicy/{field}")) == "Delete"
    };
    let (deleted, scaled) = (policy("whenDeleted"), policy("whenScaled"));
    let condemned = !set.in_range(ordinal);
    let by_pod = scaled && condemned;
    let by_set = deleted && !by_pod;
    for template in templates(set) {
        let key = key(set, template, ordinal);
        world.update(&key, &Writer::controller(now), |claim| {
            let (set_uid, pod_uid) = (fields::uid(set.value), fields::uid(pod));
            owners::retain(claim, |owner| {
                let uid = fields::text(owner, "/uid");
                (uid != set_uid || by_set) && (uid != pod_uid || by_pod)
            });
            if by_set {
                owners::add(claim, set.owner_reference());
            }
            if by_pod {
                owners::add(claim, pod_reference(pod));
            }
        });
    }
}
