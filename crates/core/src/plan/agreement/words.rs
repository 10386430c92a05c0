//! One change of a plan: its words against its steps.

use iriskit_state::plan::{
    ActionReason, Operation, PodEffect, Propagation, ReplaceMode, ResourceChange, StageName, Step, Verb, Verified,
    VolumeEffect,
};
use serde_json::Value;

use super::{deeds::Deed, told::Contradiction};
use crate::{
    diff::{differences, mask},
    plan::{
        changes::{
            immutable::{is_made_again, mode_of},
            replacement::is_assigned_by_server,
        },
        objects::object_of,
        ownership::prune::NEVER_REMOVED,
    },
};
use iriskit_kubernetes::schema::{ObjectRef, default, leaves, table};

const CLAIM: &str = "PersistentVolumeClaim";

/// Everything that a change does not say of its steps.
pub(crate) fn contradictions(change: &ResourceChange, operation: Operation) -> Vec<Contradiction> {
    let mut found: Vec<String> = Vec::new();
    found.extend(identity(change));
    found.extend(actions(change));
    found.extend(kinds_of_steps(change));
    found.extend(deletion(change, operation));
    found.extend(volumes(change));
    found.extend(values(change));
    found.into_iter().map(|text| Contradiction::of(&change.address, text)).collect()
}

/// The object that is named is the one that is written.
fn identity(change: &ResourceChange) -> Option<String> {
    let object = object_of(change);
    if object.address() != change.address || object.type_name() != change.type_name {
        return Some(format!("its steps are about {} of {}", object.address(), object.type_name()));
    }
    let bodies = change.steps.iter().filter_map(body);
    bodies.map(ObjectRef::of).find(|written| written.as_ref() != Some(&object)).map(|written| {
        let written = written.map_or_else(|| "nothing that has a name".to_owned(), |written| written.address());
        format!("its steps write {written}")
    })
}

fn body(step: &Step) -> Option<&Value> {
    match step {
        Step::Create { body, .. } | Step::Update { body, .. } => Some(body),
        _ => None,
    }
}

/// What a change may do, by its actions.
fn actions(change: &ResourceChange) -> Option<String> {
    let deeds: Vec<Deed> = change.steps.iter().map(Deed::of).collect();
    let place = |wanted: Deed| deeds.iter().position(|deed| *deed == wanted);
    let only = |allowed: fn(Deed) -> bool| deeds.iter().all(|deed| allowed(*deed));
    let (created, deleted) = (place(Deed::Creates), place(Deed::Deletes));
    let agrees = match change.change.actions.as_slice() {
        [Verb::NoOp] => only(|deed| matches!(deed, Deed::Waits)),
        [Verb::Create] => {
            created.is_some() && only(|deed| !matches!(deed, Deed::Updates | Deed::Deletes | Deed::DeletesPods))
        }
        [Verb::Update] => only(|deed| !matches!(deed, Deed::Creates | Deed::Deletes | Deed::DeletesPods)),
        [Verb::Delete] => {
            deleted.is_some() && only(|deed| matches!(deed, Deed::Deletes | Deed::DeletesPods | Deed::Waits))
        }
        [Verb::Delete, Verb::Create] => {
            let first = deleted.is_some() && deleted < created;
            first && only(|deed| !matches!(deed, Deed::Updates | Deed::DeletesPods))
        }
        _ => false,
    };
    if !agrees {
        return Some(format!("it says {} and does something else", spoken(&change.change.actions)));
    }
    let orphans = change.steps.iter().any(|step| matches!(step, Step::Delete { propagation: Propagation::Orphan, .. }));
    let mode = match (change.is_replace(), orphans) {
        (false, _) => None,
        (true, true) => Some(ReplaceMode::OrphanRecreate),
        (true, false) => Some(ReplaceMode::DeleteCreate),
    };
    let times = |wanted: Deed| deeds.iter().filter(|deed| **deed == wanted).count();
    let makes_once = times(Deed::Creates) <= 1 && times(Deed::Deletes) <= 1;
    if change.replace_mode != mode || !makes_once {
        return Some("it is replaced in another way than it says".to_owned());
    }
    let never = mode.is_some() && mode != mode_of(&change.kind);
    never.then(|| format!("no plan replaces a {} in this way", change.kind))
}

fn spoken(actions: &[Verb]) -> String {
    let word = |verb: &Verb| match verb {
        Verb::NoOp => "no-op",
        Verb::Create => "create",
        Verb::Update => "update",
        Verb::Delete => "delete",
    };
    actions.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Steps on pods and claims belong to StatefulSets.
fn kinds_of_steps(change: &ResourceChange) -> Option<String> {
    let of_sets = change.steps.iter().any(|step| Deed::of(step).is_of_sets());
    (change.kind != "StatefulSet" && of_sets).then(|| "it touches pods or volumes and is no StatefulSet".to_owned())
}

/// What is deleted, and whether that is ever done.
fn deletion(change: &ResourceChange, operation: Operation) -> Option<String> {
    if !change.steps.iter().any(|step| matches!(step, Step::Delete { .. })) {
        return None;
    }
    if change.kind == CLAIM {
        let by_name = operation == Operation::Destroy && change.stage == StageName::Volumes && !change.owner.is_empty();
        return (!by_name).then(|| "volumes are only deleted by a destroy, by name".to_owned());
    }
    let made_again = change.is_replace() && is_made_again(&change.kind);
    let never = NEVER_REMOVED.contains(&change.kind.as_str()) && !made_again;
    never.then(|| format!("no plan deletes a {}", change.kind))
}

/// Volumes that the steps delete or let grow, and pods that they delete.
fn volumes(change: &ResourceChange) -> Vec<String> {
    let says = |claim: &str, effect: VolumeEffect, size: Option<&String>| {
        let same = |one: &&iriskit_state::plan::VolumeImpact| one.claim == claim && one.effect == effect;
        change.impact.volumes.iter().find(same).is_some_and(|one| size.is_none() || one.size.as_ref() == size)
    };
    let unsaid = |pods: &[(String, String)], effect: PodEffect, what: &str| {
        let said = |pod: &str| change.impact.pods.iter().any(|one| one.pod == pod && one.effect == effect);
        let silent = pods.iter().find(|(pod, _)| !said(pod));
        silent.map(|(pod, _)| format!("that pod {pod} {what} is not said"))
    };
    let of_step = |step: &Step| match step {
        Step::Delete { .. } if change.kind == CLAIM => (!says(&change.name, VolumeEffect::Deleted, None))
            .then(|| "its deletion is not among the volumes that are deleted".to_owned()),
        Step::GrowClaim { claim, to, .. } => (!says(claim, VolumeEffect::Grows, Some(to)))
            .then(|| format!("that volume {claim} grows to {to} is not said")),
        Step::DeletePodsByRole { pods } => unsaid(pods, PodEffect::Deleted, "is deleted"),
        Step::ReplaceStuckPods { pods } => unsaid(pods, PodEffect::Restarts, "restarts"),
        Step::AdoptPods { pods } => unsaid(pods, PodEffect::Adopted, "goes on running"),
        // Which pods restart by their roles the impact alone says.
        Step::Create { .. }
        | Step::Update { .. }
        | Step::TakeOver { .. }
        | Step::Delete { .. }
        | Step::WaitReady
        | Step::WaitMirror { .. }
        | Step::RollByRole { .. }
        | Step::ReplacePods { .. } => None,
    };
    change.steps.iter().filter_map(of_step).collect()
}

/// The values that are shown are those that are written. What a server checked is compared with its answer once more
/// before the first write; here what no server checked is held against the body, and the list of fields against the values.
fn values(change: &ResourceChange) -> Vec<String> {
    let Some(kind) = table().kind(&change.api_version, &change.kind) else { return Vec::new() };
    let (before, after) = (&change.change.before, &change.change.after);
    let mut found = Vec::new();
    for body in change.steps.iter().filter_map(body).filter(|_| change.verified != Verified::Server) {
        let mut written = mask(body, None).0;
        default(kind, &mut written);
        let mut planned = after.clone();
        default(kind, &mut planned);
        let shown = leaves(kind, &planned);
        let differs = leaves(kind, &written).into_iter().find(|(path, value)| {
            let shown = shown.iter().find(|(known, _)| known == path).map(|(_, shown)| *shown);
            !value.is_null() && !is_secret(value) && shown.is_some_and(|shown| !is_secret(shown) && shown != *value)
        });
        found.extend(differs.map(|(path, _)| format!("{} is written with another value than shown", path.to_human())));
    }
    if !change.steps.iter().any(|step| body(step).is_some()) || before.is_null() || after.is_null() {
        return found;
    }
    let listed = |path: &str| change.fields.iter().any(|field| within(path, &field.path) || within(&field.path, path));
    let silent =
        differences(kind, before, after).into_iter().map(|difference| difference.path.to_human()).find(|path| {
            let templates = change.is_replace() && path.starts_with("spec.volumeClaimTemplates");
            !listed(path) && !templates && !is_assigned_by_server(&change.kind, path)
        });
    found.extend(silent.map(|path| format!("{path} changes and is not among its fields")));
    found
}

/// Whether a value is or holds one that is not shown.
fn is_secret(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains(crate::diff::MASK) || text.contains(crate::diff::MASK_CHANGED))
}

fn within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Whether it takes over what others made.
pub(crate) fn adopts(change: &ResourceChange) -> bool {
    change.action_reason == Some(ActionReason::Adopt)
}
