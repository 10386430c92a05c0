//! Revisions: one ControllerRevision for each pod template that a StatefulSet had.

use std::sync::Arc;

use iriskit_kubernetes::views::{Object, Pod};
use serde_json::{Value, json};

use super::set::Set;
use crate::{
    clock::Now,
    fields,
    key::{Key, Resource},
    owners,
    world::{World, Writer},
};

/// The two revisions of interest.
#[derive(Debug)]
pub(super) struct Revisions {
    /// What the set has, or had before a roll began.
    pub(super) current: Arc<Value>,
    /// What the set wants.
    pub(super) update: Arc<Value>,
}

/// Finds or makes the revisions of a set, adopting those that its selector matches.
pub(super) fn revisions(world: &mut World, set: &Set<'_>, now: Now) -> Option<Revisions> {
    let template = set.value.pointer("/spec/template").cloned().unwrap_or_default();
    let data = json!({"spec": {"template": with_replace_marker(template)}});
    let mut known = owned(world, set, now);
    known.sort_by_key(|revision| {
        (fields::number(revision, "/revision").unwrap_or_default(), fields::name(revision).to_owned())
    });
    let newest = known.last().map_or(0, |revision| fields::number(revision, "/revision").unwrap_or_default());
    let equal = known.iter().rev().find(|revision| revision.get("data") == Some(&data)).cloned();
    let update = match equal {
        Some(equal) if fields::number(&equal, "/revision") == Some(newest) => equal,
        Some(equal) => {
            let key = Key::new(Resource::REVISIONS, &set.key.namespace, fields::name(&equal));
            world.update(&key, &Writer::controller(now), |value| {
                fields::set(value, &["revision"], Some(json!(newest.saturating_add(1))));
            });
            world.get(&key)?
        }
        // The garbage collector takes revisions from a set on its way out; new ones would not end.
        None if fields::is_terminating(set.value) => return None,
        None => create(world, set, &data, newest.saturating_add(1), now)?,
    };
    let current = fields::text(set.value, "/status/currentRevision");
    let current = known.iter().find(|revision| fields::name(revision) == current).cloned();
    Some(Revisions { current: current.unwrap_or_else(|| Arc::clone(&update)), update })
}

/// Removes revisions that no pod has and that are more than the set wants to remember.
pub(super) fn truncate(world: &mut World, set: &Set<'_>, revisions: &Revisions, pods: &[Arc<Value>], now: Now) {
    let limit = fields::number(set.value, "/spec/revisionHistoryLimit").unwrap_or(10);
    let limit = usize::try_from(limit).unwrap_or_default();
    let live = |name: &str| {
        name == fields::name(&revisions.current)
            || name == fields::name(&revisions.update)
            || pods.iter().any(|pod| Pod::new(pod).revision() == Some(name))
    };
    let mut old: Vec<(i64, String)> = owned(world, set, now)
        .iter()
        .filter(|revision| !live(fields::name(revision)))
        .map(|revision| (fields::number(revision, "/revision").unwrap_or_default(), fields::name(revision).to_owned()))
        .collect();
    old.sort();
    let excess = old.len().saturating_sub(limit);
    for (_, name) in old.into_iter().take(excess) {
        world.store.remove(&Key::new(Resource::REVISIONS, &set.key.namespace, &name));
    }
}

/// The template as the controller stores it.
fn with_replace_marker(mut template: Value) -> Value {
    fields::set(&mut template, &["$patch"], Some(json!("replace")));
    template
}

/// The pod template that a revision holds.
pub(super) fn template(revision: &Value) -> Value {
    let mut template = revision.pointer("/data/spec/template").cloned().unwrap_or_default();
    fields::set(&mut template, &["$patch"], None);
    template
}

/// The revisions that belong to the set; orphans that match its selector become its own.
fn owned(world: &mut World, set: &Set<'_>, now: Now) -> Vec<Arc<Value>> {
    let selector = set.view().selector();
    let uid = fields::uid(set.value);
    let mut found = Vec::new();
    for key in world.store.keys(Resource::REVISIONS, Some(&set.key.namespace)) {
        let Some(revision) = world.get(&key) else { continue };
        let matches = selector.matches(Object::new(&revision));
        match fields::controller(&revision).map(|owner| fields::text(owner, "/uid") == uid) {
            Some(true) if !matches => {
                world.update(&key, &Writer::controller(now), |value| {
                    owners::retain(value, |owner| fields::text(owner, "/uid") != uid);
                });
            }
            Some(true) => found.push(revision),
            None if matches && !fields::is_terminating(set.value) => {
                let owner = set.owner_reference();
                world.update(&key, &Writer::controller(now), |value| owners::add(value, owner));
                found.extend(world.get(&key));
            }
            _ => {}
        }
    }
    found
}

fn create(world: &mut World, set: &Set<'_>, data: &Value, number: i64, now: Now) -> Option<Arc<Value>> {
    let name = format!("{}-{}", set.name(), hash(&data.to_string()));
    let labels = set.value.pointer("/spec/template/metadata/labels").cloned().unwrap_or_else(|| json!({}));
    let body = json!({
        "metadata": {"name": name, "labels": labels, "ownerReferences": [set.owner_reference()]},
        "data": data,
        "revision": number,
    });
    world.make(Resource::REVISIONS, &set.key.namespace, body, now).ok()
}

/// Eight to ten characters that can't form words, as Kubernetes writes its hashes.
fn hash(text: &str) -> String {
    const LETTERS: [char; 27] = [
        'b', 'c', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'q', 'r', 's', 't', 'v', 'w', 'x', 'z', '2', '4',
        '5', '6', '7', '8', '9',
    ];
    // FNV-1a, 32 bits: short, and the same on every machine.
    let sum = text.bytes().fold(0x811c_9dc5_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{sum:08}").bytes().filter_map(|digit| LETTERS.get(usize::from(digit) % LETTERS.len())).collect()
}
