//! What is ours and no longer desired.

use iriskit_state::{
    plan::{Component, Note, NoteId, Severity, Stage, Staying},
    record::RecordedObject,
};
use std::{borrow::Cow, collections::BTreeSet};

use serde_json::Value;

use crate::plan::{
    changes::examine::OwnerInput,
    live::Live,
    notes,
    ownership::{
        applyset,
        ours::{Belonging, Membership},
    },
    unknown::notes::cannot_read,
};
use iriskit_kubernetes::{
    names::IRIS_COMPONENT,
    schema::ObjectRef,
    views::{Claim, Object},
};

/// Kinds that are never removed, whatever the record says.
pub(crate) const NEVER_REMOVED: [&str; 5] =
    ["PersistentVolumeClaim", "PersistentVolume", "Namespace", "CustomResourceDefinition", "StorageClass"];

/// What becomes of the objects of one owner that are not desired.
#[derive(Debug, Default)]
pub(crate) struct Removal {
    /// To be deleted.
    pub delete: Vec<ObjectRef>,
    /// Left behind on purpose.
    pub staying: Vec<Staying>,
    /// What could not be decided.
    pub notes: Vec<Note>,
}

/// (recorded ∪ labelled) − desired. Deleted is only what is ours.
pub(crate) fn removal(owner: &OwnerInput, desired: &BTreeSet<ObjectRef>, live: &Live) -> Removal {
    let membership = owner.membership();
    let parent = applyset::record_ref(&owner.namespace, &owner.name);
    let recorded: BTreeSet<ObjectRef> = owner.record.iter().flat_map(|record| &record.objects).map(reference).collect();
    let candidates: BTreeSet<&ObjectRef> = recorded.iter().chain(live.members_of(membership.id())).collect();
    let mut removal = Removal::default();
    for object in candidates {
        if desired.contains(object) || *object == parent {
            continue;
        }
        let Some(found) = live.get(object) else {
            removal.notes.extend(unknown_note(object, live));
            continue;
        };
        decide_removal(&mut removal, &owner.id(), object, found, &membership);
    }
    removal
}

fn decide_removal(removal: &mut Removal, owner: &str, object: &ObjectRef, found: &Value, membership: &Membership<'_>) {
    if NEVER_REMOVED.contains(&object.kind.as_str()) {
        // A cluster's own volumes are recorded after a destroy; they belong to it without a label.
        if Object::new(found).label(applyset::PART_OF) == Some(membership.id()) {
            let reason = format!("a {} is never removed", object.kind);
            removal.staying.push(staying(owner, object, found, reason));
        }
        return;
    }
    if membership.judge(object, found, false) == Belonging::Ours {
        removal.delete.push(object.clone());
        return;
    }
    let message = if membership.recorded(object).is_some() {
        "recorded, but it was made again by somebody else or lost our label: left alone"
    } else {
        "carries our label, but is not in the record: left alone"
    };
    removal.notes.push(notes::on(Severity::Note, NoteId::LeftAlone, object, message));
}

/// The error for a recorded object of which nobody knows whether it is still there: it would stay for ever.
fn unknown_note(object: &ObjectRef, live: &Live) -> Option<Note> {
    let why = live.why_unknown(object).filter(|_| !NEVER_REMOVED.contains(&object.kind.as_str()))?;
    Some(cannot_read(object, format!("it is recorded, and whether it is still there can't be read: {why}")))
}

/// An object that stays, with its size.
pub(crate) fn staying(owner: &str, object: &ObjectRef, found: &Value, reason: String) -> Staying {
    let size = Claim::new(found).requested_storage().map(Cow::into_owned);
    Staying { address: object.address(), owner: owner.to_owned(), size, reclaim_policy: None, reason }
}

/// The reference of a recorded object.
pub fn reference(object: &RecordedObject) -> ObjectRef {
    ObjectRef {
        namespace: object.namespace.clone(),
        kind: object.kind.clone(),
        api_version: object.api_version.clone(),
        name: object.name.clone(),
    }
}

/// The part of the topology that a live object of ours belongs to, and its stage.
pub(crate) fn place_of(object: &ObjectRef, found: &Value) -> (Component, Stage) {
    let component = match Object::new(found).label(IRIS_COMPONENT) {
        Some("data") => Component::Data,
        Some("compute") => Component::Compute,
        Some("arbiter") => Component::Arbiter,
        Some("webgateway") => Component::WebGateway,
        _ => Component::Cluster,
    };
    let stage = match (object.kind.as_str(), component) {
        ("Service" | "Ingress" | "PodDisruptionBudget", _) => Stage::Services,
        // The labeler needs its rights for as long as members go by their roles.
        ("ServiceAccount" | "Role" | "RoleBinding", _) => Stage::Prerequisites,
        (_, Component::Data) => Stage::Data,
        (_, Component::Compute) => Stage::Compute,
        (_, Component::Arbiter) => Stage::Arbiter,
        (_, Component::WebGateway) => Stage::WebGateway,
        _ => Stage::Prerequisites,
    };
    (component, stage)
}

#[cfg(test)]
mod tests {
    use iriskit_state::record::Record;
    use serde_json::json;

    use super::*;

    fn owner(objects: &[(&str, Option<&str>)]) -> OwnerInput {
        let mut record = Record::empty();
        record.objects = objects
            .iter()
            .map(|(name, uid)| RecordedObject {
                api_version: "v1".into(),
                kind: "ConfigMap".into(),
                namespace: Some("n".into()),
                name: (*name).into(),
                uid: uid.map(Into::into),
            })
            .collect();
        OwnerInput {
            namespace: "n".into(),
            name: "c".into(),
            summary: String::new(),
            source: None,
            record: Some(record),
            planned_from: None,
            desired: vec![],
        }
    }

    fn live(objects: &[(&str, &str, bool)]) -> Live {
        let mut live = Live::default();
        for (name, uid, labelled) in objects {
            let labels = if *labelled { json!({applyset::PART_OF: applyset::id("n", "c")}) } else { json!({}) };
            live.insert(json!({"apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": name, "namespace": "n", "uid": uid, "labels": labels}}));
        }
        live
    }

    #[test]
    fn only_what_is_labelled_and_has_the_recorded_uid_goes() {
        let owner = owner(&[
            ("kept", Some("1")),
            ("gone", Some("2")),
            ("other", Some("3")),
            ("bare", Some("4")),
            ("cut-off", None),
        ]);
        let live = live(&[
            ("kept", "1", true),
            ("gone", "2", true),
            ("other", "9", true),
            ("bare", "4", false),
            ("cut-off", "5", true),
            ("unrecorded", "6", true),
            ("foreign", "7", false),
        ]);
        let desired = BTreeSet::from([ObjectRef::namespaced("v1", "ConfigMap", "n", "kept")]);
        let removal = removal(&owner, &desired, &live);
        let names = |objects: &[ObjectRef]| objects.iter().map(|object| object.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&removal.delete), ["cut-off", "gone"]);
        let noted: Vec<_> = removal.notes.iter().filter_map(|note| note.address.as_deref()).collect();
        assert_eq!(noted, ["ConfigMap/n/bare", "ConfigMap/n/other", "ConfigMap/n/unrecorded"]);
    }
}
