//! Deletions: of what is no longer desired, and of whole clusters.

use iriskit_state::plan::{
    ActionReason, AllowanceName, Change, Component, Impact, ImpactClass, NoteId, Plan, Propagation, ResourceChange,
    Severity, Stage, StageName, Step, Verb, Verified, VolumeEffect,
};
use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    diff::{FIELD_MANAGER, mask},
    plan::{
        changes::{decided::Decided, drift::visible, examine::OwnerInput},
        draft::{
            finish::finish,
            frame::Frame,
            plan_draft::{Draft, Inputs},
        },
        impact::set_deletion,
        live::Live,
        mirror::members::{members, primary_last},
        notes,
        order::stages,
        ownership::{
            applyset,
            prune::{place_of, removal, staying},
        },
        staleness::{
            dependencies,
            fingerprint::{add_fields, fingerprint},
        },
        storage::volume_effects,
        unknown::notes::cannot_read,
    },
};
use iriskit_kubernetes::{
    names::{IRIS_KIND, IRIS_NAME},
    schema::{ObjectRef, table},
    views::{Claim, Object, PersistentVolume, StatefulSet},
};

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
            "the manifest no longer has these data nodes: turning mirroring or sharding on or off can't be done in place",
        );
        note.help = Some(format!("iriskit destroy {}, or set the topology back", owner.name));
        return Some((stage, Decided { notes: vec![note], ..Decided::default() }));
    }
    let reason = ActionReason::DeleteBecauseNoResourceConfig;
    let mut decided = deletion(owner, object, found, live, fingerprints, Some(reason));
    if component != Component::Arbiter {
        decided.allowances.extend(set_deletion::outage_of_removal(object, found, live));
    }
    Some((stage, decided))
}

/// The whole plan of a destroy: everything of the owners in reverse stages, volumes only when `delete_data` says so, or when
/// they go by themselves.
pub(crate) fn destroy(frame: Frame, owners: &[OwnerInput], live: &Live, delete_data: bool) -> Plan {
    let mut draft = Draft::starting_with(frame.notes.clone());
    let fingerprints = frame.fingerprints;
    let mut going: BTreeSet<ObjectRef> = BTreeSet::new();
    for owner in owners {
        let removal = removal(owner, &BTreeSet::new(), live);
        let by_name: BTreeSet<&str> = claims_of_cluster(owner, live).map(|claim| claim.name()).collect();
        let mut deleted_with_objects: BTreeSet<String> = BTreeSet::new();
        draft.staying.extend(removal.staying);
        draft.notes.extend(removal.notes);
        for object in removal.delete {
            let Some(found) = live.get(&object) else { continue };
            let (_, stage) = place_of(&object, found);
            going.insert(object.clone());
            let mut decided = deletion(owner, &object, found, live, fingerprints, None);
            let impact = decided.change.as_mut().map(|change| &mut change.impact);
            if let Some(impact) = impact {
                // What is deleted by name is counted there.
                impact.volumes.retain(|volume| !(delete_data && by_name.contains(volume.claim.as_str())));
                deleted_with_objects.extend(impact.volumes.iter().map(|volume| volume.claim.clone()));
            }
            draft.add(stages::Place::removal(stage), object, decided);
        }
        if let (true, Some(why)) = (delete_data, live.why_no_claims(&owner.namespace)) {
            let record = applyset::record_ref(&owner.namespace, &owner.name);
            draft.notes.push(cannot_read(&record, format!("the cluster's volumes can't be listed: {why}")));
            continue;
        }
        for found in claims_of_cluster(owner, live) {
            let claim = ObjectRef::namespaced("v1", "PersistentVolumeClaim", &owner.namespace, found.name());
            if deleted_with_objects.contains(&claim.name) {
                continue;
            }
            if delete_data {
                draft.add(
                    stages::Place::volumes(),
                    claim.clone(),
                    volume_deletion(owner, &claim, found.value(), fingerprints),
                );
            } else {
                let mut stays = staying(&owner.id(), &claim, found.value(), "volumes are kept".into());
                stays.reclaim_policy = reclaim_policy(found, live);
                draft.staying.push(stays);
            }
        }
    }
    for (object, found) in unused_headless_services(owners, &going, live) {
        let owner = OwnerInput {
            namespace: String::new(),
            name: String::new(),
            summary: String::new(),
            source: None,
            record: None,
            desired: Vec::new(),
        };
        let mut decided = deletion(&owner, &object, found, live, fingerprints, None);
        if let Some(change) = &mut decided.change {
            change.owner = String::new();
            change.about = "headless, no cluster of the namespace uses it any more".into();
        }
        draft.add(stages::Place::removal(Stage::Prerequisites), object, decided);
    }
    draft.keeps_volumes = !delete_data;
    finish(draft, frame, Inputs { owners, examined: &[], live })
}

/// The claims of a cluster's StatefulSets, by their label.
pub(crate) fn claims_of_cluster<'a>(owner: &'a OwnerInput, live: &'a Live) -> impl Iterator<Item = Claim<'a>> {
    live.of_kind("PersistentVolumeClaim", &owner.namespace)
        .map(Claim::new)
        .filter(|claim| claim.label(IRIS_NAME) == Some(&owner.name) && claim.label(IRIS_KIND) == Some("IrisCluster"))
}

fn deletion(
    owner: &OwnerInput,
    object: &ObjectRef,
    found: &Value,
    live: &Live,
    fingerprints: bool,
    reason: Option<ActionReason>,
) -> Decided {
    let (component, stage) = place_of(object, found);
    let guard = Object::new(found).uid().unwrap_or_default().to_owned();
    let pods = primary_last(members(found, live));
    let mirrored = component == Component::Data && (pods.len() > 1 || pods.iter().any(|pod| pod.role().is_some()));
    if let (true, Some(why)) = (mirrored, live.why_no_pods(object.namespace.as_deref().unwrap_or_default())) {
        let message = format!("its pods are deleted one by one, by role, and can't be listed: {why}");
        return Decided::blocked(cannot_read(object, message));
    }
    let predicted = set_deletion::of_deletion(object, found, live, mirrored);
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
    change.action_reason = reason;
    change.impact = predicted.impact;
    let places = dependencies::fields_that_decide_over_pods(&change, found, live);
    if let (Some(fingerprint), Some(kind)) = (&mut change.fingerprint, table().kind(&object.api_version, &object.kind))
    {
        add_fields(fingerprint, kind, found, &places);
    }
    Decided { change: Some(change), allowances: predicted.allowances, notes: predicted.notes, ..Decided::default() }
}

fn volume_deletion(owner: &OwnerInput, claim: &ObjectRef, found: &Value, fingerprints: bool) -> Decided {
    let guard = Object::new(found).uid().unwrap_or_default().to_owned();
    let steps = vec![Step::Delete { uid: guard, propagation: Propagation::Background }];
    let mut change = deletion_entry(owner, claim, found, (Component::Cluster, Stage::Data), steps, fingerprints);
    change.stage = StageName::Volumes;
    change.impact = Impact {
        class: ImpactClass::Data,
        volumes: vec![volume_effects::volume(found, VolumeEffect::Deleted)],
        irreversible: Some("Its data are lost, unless the volume's reclaim policy keeps them.".into()),
        ..Impact::default()
    };
    let reason = format!("{} is deleted with its data", claim.address());
    Decided { change: Some(change), allowances: vec![(AllowanceName::DeleteData, reason)], ..Decided::default() }
}

fn deletion_entry(
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
        depends_on: Vec::new(),
        impact: Impact::default(),
        steps,
        fingerprint: kind.filter(|_| fingerprints).map(|kind| fingerprint(kind, Some(found), None, None)),
    }
}

/// `iris-svc` of a namespace when no StatefulSet that stays names it and iriskit is among its managers.
fn unused_headless_services<'a>(
    owners: &[OwnerInput],
    going: &BTreeSet<ObjectRef>,
    live: &'a Live,
) -> Vec<(ObjectRef, &'a Value)> {
    let namespaces: BTreeSet<&str> = owners.iter().map(|owner| owner.namespace.as_str()).collect();
    let mut found = Vec::new();
    for namespace in namespaces {
        let object = ObjectRef::namespaced("v1", "Service", namespace, "iris-svc");
        let Some(service) = live.get(&object) else { continue };
        let known = live.why_unknown(&ObjectRef::namespaced("apps/v1", "StatefulSet", namespace, "")).is_none();
        let used = !known
            || live.of_kind("StatefulSet", namespace).map(StatefulSet::new).any(|set| {
                let set_ref = ObjectRef::namespaced("apps/v1", "StatefulSet", namespace, set.name());
                set.service_name() == Some("iris-svc") && !going.contains(&set_ref)
            });
        let managers = Object::new(service).managed_fields().iter();
        let ours = managers.filter_map(|entry| entry.get("manager")).any(|manager| manager == FIELD_MANAGER);
        if !used && ours {
            found.push((object, service));
        }
    }
    found
}

fn reclaim_policy(claim: Claim<'_>, live: &Live) -> Option<String> {
    let volume = live.get(&ObjectRef::cluster_scoped("v1", "PersistentVolume", claim.volume_name()?))?;
    PersistentVolume::new(volume).reclaim_policy().map(str::to_owned)
}
