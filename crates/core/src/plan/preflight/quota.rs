//! Whether the quotas of a namespace have room for everything that a plan adds, together. The server looks at one object at a
//! time, and at pods and claims not before their controllers make them.

use iriskit_state::plan::{Note, NoteId, Plan, Severity, Verb};
use serde_json::{Value, json};

use crate::plan::{notes, ownership::owners::active, preflight::controller_objects::ControllerObjects};
use iriskit_kubernetes::{
    schema::{
        ObjectRef,
        quantity::Amount,
        usage::{self, Usage},
    },
    views::{Object, Pod},
};

/// Pods of one object: as the server would store them where it could be asked, and those whose place they take.
pub struct PlannedPods<'a> {
    /// What makes them.
    pub objects: &'a ControllerObjects,
    /// One of them.
    pub pod: &'a Value,
    /// Running pods that go for them.
    pub replaced: Vec<&'a Value>,
    /// Their new claims, as the server would store them, and how many of each.
    pub claims: Vec<(Value, usize)>,
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

/// Adds what the run itself makes, a record for each cluster that has none, and what controllers make of new objects beside pods
/// and claims.
fn bookkeeping(plan: &Plan, namespace: &str, records: usize) -> Usage {
    let mut added = Usage::new();
    let one = Amount::whole(1);
    for name in ["configmaps", "count/configmaps"] {
        added.extend(one.times(records).map(|amount| (name.to_owned(), amount)));
    }
    let created = active(plan)
        .filter(|change| change.namespace.as_deref() == Some(namespace) && change.change.actions == [Verb::Create]);
    for change in created {
        match change.kind.as_str() {
            "StatefulSet" | "DaemonSet" => usage::add(&mut added, "count/controllerrevisions.apps", one),
            "Deployment" => usage::add(&mut added, "count/replicasets.apps", one),
            _ => {}
        }
    }
    added
}

/// An error for each quota of `namespace` that the plan would exceed: controllers then can't make what it shows. `records` is how
/// many records the run makes there.
pub(crate) fn quota_notes(
    namespace: &str,
    quotas: &[Value],
    plan: &Plan,
    pods: &[PlannedPods<'_>],
    records: usize,
) -> Vec<Note> {
    let mut added = objects_added(plan, namespace);
    usage::add_all(&mut added, &bookkeeping(plan, namespace, records), 1);
    for of_set in pods {
        for (claim, count) in &of_set.claims {
            let object = ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, Object::new(claim).name());
            usage::add_all(&mut added, &usage::of_object(&object, claim), *count);
        }
    }
    quotas.iter().filter_map(|quota| exceeded(namespace, quota, &added, pods)).collect()
}

/// The quotas of a namespace as they will be: those that the plan writes stand in place of those that are there.
pub(crate) fn quotas_afterwards(live: &[Value], plan: &Plan, namespace: &str) -> Vec<Value> {
    let written = planned(plan, "ResourceQuota", namespace);
    let mut quotas: Vec<Value> =
        live.iter().filter(|quota| !written.iter().any(|other| name(other) == name(quota))).cloned().collect();
    for mut quota in written {
        let known =
            live.iter().find(|known| name(known) == name(&quota)).and_then(|known| known.pointer("/status/used"));
        let (hard, used) = (quota.pointer("/spec/hard").cloned(), known.cloned());
        if let Some(members) = quota.as_object_mut() {
            members.insert("status".to_owned(), json!({"hard": hard, "used": used.unwrap_or_else(|| json!({}))}));
        }
        quotas.push(quota);
    }
    quotas
}

/// The objects of a kind that the plan makes or changes, as they will be.
pub(crate) fn planned(plan: &Plan, kind: &str, namespace: &str) -> Vec<Value> {
    let here = active(plan).filter(|change| change.kind == kind && change.namespace.as_deref() == Some(namespace));
    here.filter(|change| change.change.actions.last() != Some(&Verb::Delete))
        .map(|change| change.change.after.clone())
        .collect()
}

fn name(object: &Value) -> &str {
    Object::new(object).name()
}

/// The names of a quota whose use nobody has counted yet.
pub(crate) fn uncounted(quota: &Value) -> Vec<String> {
    let hard = quota.pointer("/status/hard").and_then(Value::as_object).into_iter().flatten();
    let used = quota.pointer("/status/used");
    hard.map(|(name, _)| name).filter(|name| used.is_none_or(|used| used.get(*name).is_none())).cloned().collect()
}

/// Writes into a quota what these objects use of it.
pub(crate) fn count_use(quota: &mut Value, names: &[String], objects: &[Value]) {
    let mut used = Usage::new();
    for object in objects {
        let Some(reference) = ObjectRef::of(object) else { continue };
        let ended = reference.kind == "Pod" && Pod::new(object).has_ended();
        let outside = usage::is_scoped(quota) && usage::in_scope(quota, object) != Some(true);
        if !ended && !outside {
            usage::add_all(&mut used, &usage::of_object(&reference, object), 1);
        }
    }
    if let Some(known) = quota.pointer_mut("/status/used").and_then(Value::as_object_mut) {
        for name in names {
            known.insert(name.clone(), used.get(name).copied().unwrap_or_default().to_string().into());
        }
    }
}

/// The error for pods whose containers do not say what a quota counts. The server judges by the quotas that are there.
pub(crate) fn unsaid_note(objects: &ControllerObjects, quota: &Value, pod: &Value) -> Option<Note> {
    let unsaid = usage::unsaid(quota, pod);
    let message =
        format!("the server will refuse its pods: failed quota: {}: must specify {}", name(quota), unsaid.join("; "));
    let mut note = notes::on(Severity::Error, NoteId::PodsRefused, &objects.object, message);
    note.source.clone_from(&objects.source);
    note.help = Some("give these containers resources, or the namespace a LimitRange with defaults".into());
    (!unsaid.is_empty()).then_some(note)
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
