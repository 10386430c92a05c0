//! Whether the quotas of a namespace have room for everything that a plan adds, together. The server looks at one object at a
//! time, and at pods and claims not before their controllers make them.

use iriskit_state::plan::{Note, NoteId, Plan, Severity, Verb};
use serde_json::Value;

use crate::plan::{notes, ownership::owners::active, preflight::controller_objects::ControllerObjects};
use iriskit_kubernetes::{
    schema::{
        ObjectRef,
        quantity::Amount,
        usage::{self, Usage},
    },
    views::Object,
};

/// Pods of one object: as the server would store them where it could be asked, and those whose place they take.
pub struct PlannedPods<'a> {
    /// What makes them.
    pub objects: &'a ControllerObjects,
    /// One of them.
    pub pod: &'a Value,
    /// Running pods that go for them.
    pub replaced: Vec<&'a Value>,
}

/// What the plan adds in a namespace, beside pods.
fn objects_added(plan: &Plan, namespace: &str) -> Usage {
    let mut added = Usage::new();
    for change in active(plan).filter(|change| change.namespace.as_deref() == Some(namespace)) {
        let object = ObjectRef::namespaced(&change.api_version, &change.kind, namespace, &change.name);
        let after = usage::of_object(&object, &change.change.after);
        match change.change.actions.as_slice() {
            [Verb::Create] => usage::add_all(&mut added, &after, 1),
            [Verb::Update] => {
                let before = usage::of_object(&object, &change.change.before);
                usage::add_all(&mut added, &growth(after, &[before]), 1);
            }
            _ => {}
        }
    }
    added
}

/// An error for each quota of `namespace` that the plan would exceed: controllers then can't make what it shows.
pub(crate) fn quota_notes(namespace: &str, quotas: &[Value], plan: &Plan, pods: &[PlannedPods<'_>]) -> Vec<Note> {
    let mut added = objects_added(plan, namespace);
    for of_set in pods {
        for (claim, count) in &of_set.objects.claims {
            let object = ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, Object::new(claim).name());
            usage::add_all(&mut added, &usage::of_object(&object, claim), *count);
        }
    }
    quotas.iter().filter_map(|quota| exceeded(namespace, quota, &added, pods)).collect()
}

fn exceeded(namespace: &str, quota: &Value, objects: &Usage, pods: &[PlannedPods<'_>]) -> Option<Note> {
    let is_scoped = usage::is_scoped(quota);
    let mut added = if is_scoped { Usage::new() } else { objects.clone() };
    for of_set in pods {
        if !usage::in_scope(quota, of_set.pod)? {
            continue;
        }
        let one = usage::of_pod(of_set.pod);
        usage::add_all(&mut added, &one, of_set.objects.new_pods);
        if !of_set.replaced.is_empty() {
            let mut all = Usage::new();
            usage::add_all(&mut all, &one, of_set.replaced.len());
            let gone: Vec<Usage> = of_set.replaced.iter().map(|pod| usage::of_pod(pod)).collect();
            usage::add_all(&mut added, &growth(all, &gone), 1);
        }
    }
    let hard = quota.pointer("/status/hard").or_else(|| quota.pointer("/spec/hard"))?.as_object()?;
    let lacking: Vec<String> = hard
        .iter()
        .filter_map(|(resource, limit)| {
            let needed = *added.get(resource).filter(|needed| **needed > Amount::ZERO)?;
            let limit = usage::amount(limit)?;
            let used = quota.pointer("/status/used")?.get(resource).and_then(usage::amount)?;
            let sum = used.checked_add(needed)?;
            (sum > limit).then(|| format!("{resource}: {used} of {limit} are used, and {needed} more are needed"))
        })
        .collect();
    let object = ObjectRef::namespaced("v1", "ResourceQuota", namespace, Object::new(quota).name());
    let message = format!("the quota has no room for what the plan adds; {}", lacking.join("; "));
    let mut note = notes::on(Severity::Error, NoteId::QuotaExceeded, &object, message);
    note.help = Some("have the quota raised, or make something smaller".into());
    (!lacking.is_empty()).then_some(note)
}

/// What `after` has more than all of `before`, never less than nothing.
fn growth(after: Usage, before: &[Usage]) -> Usage {
    let mut then = Usage::new();
    for one in before {
        usage::add_all(&mut then, one, 1);
    }
    let more = |name: &str, amount: Amount| amount.checked_sub(then.get(name).copied().unwrap_or_default());
    after
        .into_iter()
        .filter_map(|(name, amount)| {
            let grown = more(&name, amount).filter(|grown| *grown > Amount::ZERO)?;
            Some((name, grown))
        })
        .collect()
}
