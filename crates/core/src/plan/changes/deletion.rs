//! Deletions of single objects.

use iriskit_state::plan::{
    ActionReason, Change, Component, Impact, ImpactClass, Mode, NoteId, Operation, PodEffect, Propagation,
    ResourceChange, Severity, Stage, StageName, Step, Verb, Verified,
};
use serde_json::Value;

use crate::{
    diff::mask,
    mirror::RestartRule,
    plan::{
        changes::{decided::Decided, drift::visible, examine::OwnerInput},
        impact::{pods::effects, predicted::Predicted, set_deletion},
        live::Live,
        mirror::members::{Member, members, primary_last},
        notes,
        ownership::prune::place_of,
        staleness::{
            dependencies,
            fingerprint::{add_fields, fingerprint},
        },
        storage::{lost_volumes, volume_effects},
        unknown::notes::cannot_read,
    },
};
use iriskit_kubernetes::{
    schema::{ObjectRef, table},
    views::Object,
};

/// What decides over a pod without a controller when it is deleted: its role, and that nobody controls it.
const OF_ORPHAN: [&str; 2] = [".metadata.labels.intersystems.com/mirrorRole", ".metadata.ownerReferences"];

/// The deletion of an object that the manifest no longer has. Data nodes don't go this way.
pub(crate) fn delete_undesired(
    owner: &OwnerInput,
    object: &ObjectRef,
    live: &Live,
    fingerprints: bool,
) -> Option<(Stage, Decided)> {
    let found = live.get(object)?;
    let (component, stage) = place_of(object, found);
    if object.kind == "StatefulSet" && component == Component::Data {
        let mut note = notes::on(
            Severity::Error,
            NoteId::TopologyRebuild,
            object,
            "the manifest no longer has these data nodes: they can't be taken out of a cluster, and mirroring and sharding can't be turned on or off in place",
        );
        note.help = Some(format!("iriskit destroy {}, or set the topology back", owner.name));
        return Some((stage, Decided { notes: vec![note], ..Decided::default() }));
    }
    let mut decided = deletion(owner, object, found, live, fingerprints, Operation::Apply);
    if let Some(change) = &mut decided.change {
        change.action_reason = Some(ActionReason::DeleteBecauseNoResourceConfig);
    }
    Some((stage, decided))
}

/// What deleting an object does. What others still count on has to be allowed, unless the whole cluster goes.
pub(crate) fn predict(
    operation: Operation,
    object: &ObjectRef,
    found: &Value,
    live: &Live,
    by_role: bool,
) -> Predicted {
    if object.kind == "PersistentVolumeClaim" {
        return volume_effects::of_claim_deletion(object, found);
    }
    let mut predicted = set_deletion::of_deletion(object, found, live, by_role);
    let (component, _) = place_of(object, found);
    if operation == Operation::Apply && component != Component::Arbiter {
        predicted.allowances.extend(set_deletion::outage_of_removal(object, found, live));
    }
    predicted
}

/// The deletion of an object.
pub(crate) fn deletion(
    owner: &OwnerInput,
    object: &ObjectRef,
    found: &Value,
    live: &Live,
    fingerprints: bool,
    operation: Operation,
) -> Decided {
    let (component, stage) = place_of(object, found);
    let guard = Object::new(found).uid().unwrap_or_default().to_owned();
    let pods = primary_last(members(found, live));
    let mirrored = component == Component::Data && (pods.len() > 1 || pods.iter().any(|pod| pod.role().is_some()));
    if let (true, Some(why)) = (mirrored, live.why_no_pods(object.namespace.as_deref().unwrap_or_default())) {
        let message = format!("its pods are deleted one by one, by role, and can't be listed: {why}");
        return Decided::blocked(cannot_read(object, message));
    }
    let predicted = predict(operation, object, found, live, mirrored);
    let steps = if object.kind == "StatefulSet" && mirrored {
        vec![
            Step::Delete { uid: guard, propagation: Propagation::Orphan },
            Step::DeletePodsByRole { pods: pods.into_iter().map(|pod| (pod.state.name, pod.state.uid)).collect() },
        ]
    } else if object.kind == "StatefulSet" {
        vec![Step::Delete { uid: guard, propagation: Propagation::Foreground }]
    } else {
        vec![Step::Delete { uid: guard, propagation: Propagation::Background }]
    };
    let mut change = deletion_entry(owner, object, found, (component, stage), steps, fingerprints);
    change.impact = predicted.impact;
    let places = dependencies::fields_that_decide_over_pods(&change, found, live);
    if let (Some(fingerprint), Some(kind)) = (&mut change.fingerprint, table().kind(&object.api_version, &object.kind))
    {
        add_fields(fingerprint, kind, found, &places);
    }
    Decided { change: Some(change), allowances: predicted.allowances, notes: predicted.notes, ..Decided::default() }
}

/// The deletion of a pod that nobody controls, after the one before it of the same set.
pub(crate) fn orphan_deletion(
    owner: &OwnerInput,
    pod: &ObjectRef,
    found: &Value,
    before: Option<&ObjectRef>,
    live: &Live,
    fingerprints: bool,
) -> Decided {
    let uid = Object::new(found).uid().unwrap_or_default().to_owned();
    let steps = vec![Step::Delete { uid, propagation: Propagation::Background }];
    let mut change = deletion_entry(owner, pod, found, place_of(pod, found), steps, fingerprints);
    if let (Some(fingerprint), Some(kind)) = (&mut change.fingerprint, table().kind(&pod.api_version, &pod.kind)) {
        add_fields(fingerprint, kind, found, &OF_ORPHAN);
    }
    change.about = "left without its StatefulSet".into();
    change.depends_on.extend(before.map(ObjectRef::address));
    let rule = RestartRule::PrimaryLast.id();
    let mut predicted = Predicted::default();
    predicted.impact.class = ImpactClass::Outage;
    predicted.impact.pods = effects(&[Member::of(found)], PodEffect::Deleted, rule);
    predicted.impact.rules.push(rule);
    let lost = lost_volumes::with_pods(&predicted.impact, pod, live);
    Decided::with_prediction(change, predicted.and_of_volumes(lost))
}

/// The entry of a deletion, without what it does.
pub(crate) fn deletion_entry(
    owner: &OwnerInput,
    object: &ObjectRef,
    found: &Value,
    (component, stage): (Component, Stage),
    steps: Vec<Step>,
    fingerprints: bool,
) -> ResourceChange {
    let (before, before_sensitive) = mask(&visible(found), None);
    let kind = table().kind(&object.api_version, &object.kind);
    ResourceChange {
        address: object.address(),
        mode: Some(Mode::Managed),
        type_name: object.type_name(),
        api_version: object.api_version.clone(),
        kind: object.kind.clone(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
        owner: owner.id(),
        component,
        stage: StageName::Forward(stage),
        about: String::new(),
        source: None,
        change: Change {
            actions: vec![Verb::Delete],
            before,
            after: Value::Null,
            after_unknown: Value::Null,
            before_sensitive,
            after_sensitive: Value::Null,
            replace_paths: Vec::new(),
        },
        action_reason: None,
        replace_mode: None,
        verified: Verified::Server,
        verified_after: None,
        fields: Vec::new(),
        restart_causes: Vec::new(),
        causes: Vec::new(),
        depends_on: Vec::new(),
        impact: Impact::default(),
        steps,
        fingerprint: kind.filter(|_| fingerprints).map(|kind| fingerprint(kind, Some(found), None, None)),
    }
}
