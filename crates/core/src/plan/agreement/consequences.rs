//! What the steps of a plan do to live objects, held against what it says.

use std::collections::BTreeMap;

use iriskit_state::{
    plan::{
        Component, Operation, PauseBefore, Plan, PodEffect, Propagation, ReplaceMode, ResourceChange, Step, Verb,
        VolumeEffect,
    },
    record::Record,
};
use serde_json::Value;

use super::{sums::needs, told::Contradiction};
use crate::{
    expand::{Desired, Ownership, Rolling},
    plan::{
        changes::{local_prediction::overlay, recreation::orphaned_pods},
        impact::{predicted::Predicted, restarts, set_deletion, set_start},
        live::Live,
        objects::object_of,
        ownership::{
            ours::{Belonging, Membership},
            prune::place_of,
        },
        secret_values::SecretValues,
    },
};
use iriskit_kubernetes::{
    schema::{ObjectRef, default, table},
    views::{Object, StatefulSet, UpdateStrategy},
};

/// What the cluster is like now, and what it would make of a plan.
pub(crate) struct Now<'a> {
    /// What was read.
    pub(crate) live: &'a Live,
    /// The records of the plan's clusters, by `NAMESPACE/NAME`.
    pub(crate) records: BTreeMap<String, Record>,
    /// The objects as they will be, by address, as far as a server was asked.
    pub(crate) answers: &'a BTreeMap<String, Value>,
    /// What belongs into the holes of the plan.
    pub(crate) secret_values: &'a SecretValues,
}

/// What the plan does not say of its changes, as the cluster is now.
pub(crate) fn unsaid(plan: &Plan, now: &Now<'_>) -> Vec<Contradiction> {
    let of_change = |change: &ResourceChange| {
        let answer = now.answers.get(&change.address).cloned();
        let written = answer.or_else(|| without_answer(change, now.secret_values, now.live));
        of_change(plan, change, written.as_ref(), now)
    };
    plan.resource_changes.iter().filter(|change| !change.steps.is_empty()).flat_map(of_change).collect()
}

/// What is written, as far as it is known without the server.
fn without_answer(change: &ResourceChange, secret_values: &SecretValues, live: &Live) -> Option<Value> {
    let kind = table().kind(&change.api_version, &change.kind)?;
    let filled = change.steps.iter().find_map(|step| match step {
        Step::Create { body, holes, .. } | Step::Update { body, holes, .. } => {
            secret_values.fill(&change.address, body, holes).ok()
        }
        _ => None,
    })?;
    if let Some(found) = live.get(&object_of(change)).filter(|_| !change.is_replace()) {
        Some(overlay(kind, found, &filled))
    } else {
        let mut stored = filled;
        default(kind, &mut stored);
        Some(stored)
    }
}

fn of_change(plan: &Plan, change: &ResourceChange, written: Option<&Value>, now: &Now<'_>) -> Vec<Contradiction> {
    let live = now.live;
    let object = object_of(change);
    let found = live.get(&object);
    let mut unsaid = Vec::new();
    let updates = change.steps.iter().any(|step| matches!(step, Step::Update { .. }));
    if updates && found.is_some_and(|found| !is_ours(change, found, &now.records)) && !super::words::adopts(change) {
        unsaid.push(Contradiction::of(
            &change.address,
            "it is not iriskit's, and the plan does not say that it is taken over",
        ));
    }
    if plan.operation == Operation::Apply && change.change.actions == [Verb::Delete] && is_of_data(change, found) {
        unsaid.push(Contradiction::of(&change.address, "data nodes are only deleted by a destroy"));
    }
    let Some(predicted) = predicted(plan, change, written, found, live) else { return unsaid };
    let allowed = |name| plan.allowances.iter().any(|allowance| allowance.name == name);
    let names = predicted.allowances.iter().map(|(name, _)| *name).filter(|name| !allowed(*name));
    unsaid.extend(names.map(|name| needs(&change.address, name)));
    let effects = [VolumeEffect::Deleted, VolumeEffect::Reused];
    for volume in predicted.impact.volumes.iter().filter(|volume| effects.contains(&volume.effect)) {
        // A destroy with the volumes deletes them by name.
        let said = plan.resource_changes.iter().flat_map(|change| &change.impact.volumes);
        if !said.into_iter().any(|one| one.claim == volume.claim && one.effect == volume.effect) {
            let what = if volume.effect == VolumeEffect::Deleted { "deleted" } else { "mounted again with its data" };
            let text = format!("that volume {} is {what} is not said", volume.claim);
            unsaid.push(Contradiction::of(&change.address, text));
        }
    }
    for pod in predicted.impact.pods.iter().filter(|pod| is_stopped(pod.effect)) {
        let said = change.impact.pods.iter().any(|one| one.pod == pod.pod && is_stopped(one.effect));
        // One that came since the plan was made could not be in it.
        if !said && is_older(plan, change, &pod.pod, live) {
            let what = if pod.effect == PodEffect::Deleted { "is deleted" } else { "restarts" };
            unsaid.push(Contradiction::of(&change.address, format!("that pod {} {what} is not said", pod.pod)));
        }
    }
    unsaid
}

/// Whether the cluster of a change has this object, by the same predicate as when it was planned.
fn is_ours(change: &ResourceChange, found: &Value, records: &BTreeMap<String, Record>) -> bool {
    let Some((namespace, name)) = change.owner.split_once('/') else { return false };
    let membership = Membership::new(namespace, name, records.get(&change.owner));
    membership.judge(&object_of(change), found, true) == Belonging::Ours
}

fn is_of_data(change: &ResourceChange, found: Option<&Value>) -> bool {
    let object = object_of(change);
    object.kind == "StatefulSet" && found.is_some_and(|found| place_of(&object, found).0 == Component::Data)
}

fn is_stopped(effect: PodEffect) -> bool {
    matches!(effect, PodEffect::Restarts | PodEffect::Deleted)
}

fn is_older(plan: &Plan, change: &ResourceChange, pod: &str, live: &Live) -> bool {
    let namespace = change.namespace.as_deref().unwrap_or_default();
    let pod = live.get(&ObjectRef::namespaced("v1", "Pod", namespace, pod)).map(Object::new);
    let made = pod.and_then(Object::creation_timestamp).and_then(|time| time.parse::<jiff::Timestamp>().ok());
    let planned = plan.created_at.parse::<jiff::Timestamp>().ok();
    match (made, planned) {
        (Some(made), Some(planned)) => made <= planned,
        _ => true,
    }
}

/// What the planner would say of these steps.
fn predicted(
    plan: &Plan,
    change: &ResourceChange,
    written: Option<&Value>,
    found: Option<&Value>,
    live: &Live,
) -> Option<Predicted> {
    let object = object_of(change);
    match (change.change.actions.as_slice(), found) {
        ([Verb::Delete], Some(found)) => {
            let by_role =
                change.steps.iter().any(|step| matches!(step, Step::Delete { propagation: Propagation::Orphan, .. }));
            let mut predicted = set_deletion::of_deletion(&object, found, live, by_role);
            let (component, _) = place_of(&object, found);
            if plan.operation == Operation::Apply && component != Component::Arbiter {
                predicted.allowances.extend(set_deletion::outage_of_removal(&object, found, live));
            }
            Some(predicted)
        }
        ([Verb::Create], _) => {
            let after = written?;
            let desired = desired(change, after);
            // Around pods that run on nothing is mounted that they have not already.
            orphaned_pods(&object, after, live).is_empty().then(|| set_start::of_creation(&desired, after, live))
        }
        ([Verb::Delete, Verb::Create], Some(found)) if change.replace_mode == Some(ReplaceMode::DeleteCreate) => {
            Some(set_deletion::of_deletion(&object, found, live, false))
        }
        (_, Some(found)) => {
            let after = written.unwrap_or(found);
            Some(restarts::of_update(&desired(change, after), found, after, live, None))
        }
        _ => None,
    }
}

/// The object as the planner had it, as far as a prediction asks for it.
fn desired(change: &ResourceChange, after: &Value) -> Desired {
    let object = object_of(change);
    let (component, stage) = place_of(&object, after);
    let rolled = change.steps.iter().find_map(|step| match step {
        Step::RollByRole { pause_before: Some(PauseBefore::Primary), .. } => Some(Rolling::UpToPrimary),
        Step::RollByRole { .. } | Step::ReplacePods { mirrored: true, .. } => Some(Rolling::ByRole),
        _ => None,
    });
    let by_hand = StatefulSet::new(after).update_strategy() == UpdateStrategy::OnDelete;
    let unrolled = if by_hand { Rolling::ReportOnly } else { Rolling::Kubernetes };
    Desired {
        object,
        value: Value::Null,
        stage,
        component,
        depends_on: Vec::new(),
        ownership: Ownership::Owned,
        rolling: rolled.unwrap_or(unrolled),
        holds_data: false,
        mirrored: rolled.is_some(),
        about: String::new(),
        source: None,
    }
}
