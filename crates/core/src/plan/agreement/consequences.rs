//! What the steps of a plan would do to live objects, as the planner predicts it, held against what the plan says.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::{
    plan::{
        AllowanceName, Component, Operation, PauseBefore, Plan, PodEffect, Propagation, ReplaceMode, ResourceChange,
        Severity, Step, Verb, VolumeEffect,
    },
    record::Record,
};
use serde_json::Value;

use super::{
    deeds::Deed,
    sums::needs,
    told::{Contradiction, Unsaid},
    words::adopts,
};
use crate::{
    expand::Rolling,
    plan::{
        changes::{deletion, local_prediction::overlay, recreation, replacement},
        impact::{predicted::Predicted, restarts, subject::Subject},
        live::Live,
        mirror::unfinished_upgrade::Unfinished,
        objects::object_of,
        ownership::{
            ours::{Belonging, Membership},
            prune::place_of,
            take_over::TakeOver,
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
pub(crate) fn unsaid(plan: &Plan, now: &Now<'_>) -> Unsaid {
    let mut unsaid = Unsaid::default();
    for change in &plan.resource_changes {
        if change.steps.iter().any(|step| Deed::of(step) != Deed::Waits) {
            of_change(plan, change, now, &mut unsaid);
        }
    }
    unsaid
}

fn of_change(plan: &Plan, change: &ResourceChange, now: &Now<'_>, unsaid: &mut Unsaid) {
    let (object, address) = (object_of(change), &change.address);
    let found = now.live.get(&object);
    let updates = change.steps.iter().any(|step| matches!(step, Step::Update { .. }));
    if updates && found.is_some_and(|found| !is_ours(change, &object, found, &now.records)) && !adopts(change) {
        let text = "it is not iriskit's, and the plan does not say that it is taken over";
        unsaid.hidden.push(Contradiction::of(address, text));
    }
    let is_data = || found.is_some_and(|found| place_of(&object, found).0 == Component::Data);
    let removed = plan.operation == Operation::Apply && change.change.actions == [Verb::Delete];
    if removed && object.kind == "StatefulSet" && is_data() {
        unsaid.hidden.push(Contradiction::of(address, "data nodes are only deleted by a destroy"));
    }
    let Some(predicted) = predicted(plan.operation, change, &object, found, now) else { return };
    let errors = predicted.notes.iter().filter(|note| note.severity == Severity::Error);
    unsaid.moved.extend(errors.map(|note| Contradiction::of(address, &note.message)));
    let mut told: BTreeSet<AllowanceName> = plan.allowances.iter().map(|allowance| allowance.name).collect();
    for (name, reason) in predicted.allowances {
        if !told.insert(name) {
            continue;
        }
        if hangs_on_pods(name) {
            unsaid.moved.push(Contradiction::of(address, format!("it needs --allow {name} by now: {reason}")));
        } else {
            unsaid.hidden.push(needs(address, name));
        }
    }
    let effects = [VolumeEffect::Deleted, VolumeEffect::Reused];
    for volume in predicted.impact.volumes.iter().filter(|volume| effects.contains(&volume.effect)) {
        // A destroy with the volumes deletes them by name.
        let mut said = plan.resource_changes.iter().flat_map(|change| &change.impact.volumes);
        if !said.any(|one| one.claim == volume.claim && one.effect == volume.effect) {
            let what = if volume.effect == VolumeEffect::Deleted { "deleted" } else { "mounted again with its data" };
            let text = format!("that volume {} is {what} is not said", volume.claim);
            unsaid.hidden.push(Contradiction::of(address, text));
        }
    }
    for pod in predicted.impact.pods.iter().filter(|pod| is_stopped(pod.effect)) {
        let said = change.impact.pods.iter().any(|one| one.pod == pod.pod && is_stopped(one.effect));
        // One that came since the plan was made could not be in it.
        if !said && is_older(plan, change, &pod.pod, now.live) {
            let what = if pod.effect == PodEffect::Deleted { "is deleted" } else { "restarts" };
            unsaid.hidden.push(Contradiction::of(address, format!("that pod {} {what} is not said", pod.pod)));
        }
    }
}

/// Whether the cluster of a change has this object, by the same predicate as when it was planned.
fn is_ours(change: &ResourceChange, object: &ObjectRef, found: &Value, records: &BTreeMap<String, Record>) -> bool {
    let Some((namespace, name)) = change.owner.split_once('/') else { return false };
    Membership::new(namespace, name, records.get(&change.owner)).judge(object, found, true) == Belonging::Ours
}

/// Whether an allowance is asked for because of how pods stand at the moment: which are ready, what they report, from what they
/// run. No fingerprint holds that.
fn hangs_on_pods(name: AllowanceName) -> bool {
    match name {
        AllowanceName::Outage
        | AllowanceName::RestartPrimary
        | AllowanceName::RollBlind
        | AllowanceName::MajorUpgrade => true,
        AllowanceName::DeleteData | AllowanceName::ReuseData | AllowanceName::Replace | AllowanceName::Adopt => false,
    }
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

/// What the planner says of such a change.
fn predicted(
    operation: Operation,
    change: &ResourceChange,
    object: &ObjectRef,
    found: Option<&Value>,
    now: &Now<'_>,
) -> Option<Predicted> {
    let live = now.live;
    let unfinished = Unfinished::of(now.records.get(&change.owner), object);
    let written = written(change, found, now);
    match (change.change.actions.as_slice(), change.replace_mode, found) {
        ([Verb::Delete], _, Some(found)) => {
            let orphans = |step: &Step| matches!(step, Step::Delete { propagation: Propagation::Orphan, .. });
            let by_role = change.steps.iter().any(orphans);
            Some(deletion::predict(operation, object, found, live, by_role))
        }
        ([Verb::Create], _, _) => {
            let Written { body, after } = written?;
            let made = recreation::making(subject(change, object, &after), &body, &after, live);
            Some(made.predicted.and(Predicted { notes: made.growth.notes, ..Predicted::default() }))
        }
        ([Verb::Delete, Verb::Create], Some(ReplaceMode::DeleteCreate), Some(found)) => {
            Some(replacement::made_again(object, found, &change.change.replace_paths, live))
        }
        ([Verb::Delete, Verb::Create], Some(ReplaceMode::OrphanRecreate), Some(found)) => {
            let after = written?.after;
            let subject = subject(change, object, &after);
            let made = replacement::around_pods(subject, found, &after, unfinished.as_ref(), live);
            Some(made.predicted.and(Predicted { notes: made.growth.notes, ..Predicted::default() }))
        }
        (_, _, Some(found)) => {
            let after = written.map_or_else(|| found.clone(), |written| written.after);
            Some(restarts::of_update(subject(change, object, &after), found, &after, live, unfinished.as_ref()))
        }
        _ => None,
    }
}

/// What is sent of an object, and the object as it will be.
struct Written {
    body: Value,
    after: Value,
}

/// By the server's answer, and else as far as it is known without one.
fn written(change: &ResourceChange, found: Option<&Value>, now: &Now<'_>) -> Option<Written> {
    let kind = table().kind(&change.api_version, &change.kind)?;
    let body = change.steps.iter().find_map(|step| match step {
        Step::Create { body, holes, .. } | Step::Update { body, holes, .. } => {
            now.secret_values.fill(&change.address, body, holes).ok()
        }
        _ => None,
    })?;
    let taken = change.steps.iter().find_map(|step| match step {
        Step::TakeOver { from, .. } => Some(from),
        _ => None,
    });
    let after = match (now.answers.get(&change.address), found.filter(|_| !change.is_replace()), taken) {
        (Some(answer), _, _) => answer.clone(),
        (None, Some(found), Some(from)) => {
            let mut taken = TakeOver::of_step(kind, found, &body, from).object;
            default(kind, &mut taken);
            taken
        }
        (None, Some(found), None) => overlay(kind, found, &body),
        (None, None, _) => {
            let mut stored = body.clone();
            default(kind, &mut stored);
            stored
        }
    };
    Some(Written { body, after })
}

/// The object as the planner had it, as far as a prediction asks for it.
fn subject<'a>(change: &ResourceChange, object: &'a ObjectRef, after: &Value) -> Subject<'a> {
    let (component, _) = place_of(object, after);
    let rolled = change.steps.iter().find_map(|step| match step {
        Step::RollByRole { pause_before: Some(PauseBefore::Primary), .. } => Some(Rolling::UpToPrimary),
        Step::RollByRole { .. } | Step::ReplacePods { mirrored: true, .. } => Some(Rolling::ByRole),
        _ => None,
    });
    let by_hand = StatefulSet::new(after).update_strategy() == UpdateStrategy::OnDelete;
    let unrolled = if by_hand { Rolling::ReportOnly } else { Rolling::Kubernetes };
    Subject { object, component, rolling: rolled.unwrap_or(unrolled), holds_data: component == Component::Data }
}
