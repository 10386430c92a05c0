//! What a run does to a record: widened before the first write, shrunk after the last. Pure.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::{
    plan::{Plan, PlannedFrom, ResourceChange},
    record::{FORMAT_VERSION, LastApply, PlanEntry, PlanState, Record, RecordError, RecordedObject},
};
use serde_json::{Map, Value, json};

use crate::apply::objects::is_deletion;
use iriskit_core::plan::{OwnerName, applyset};
use iriskit_kubernetes::views::{ConfigMap, Object};

/// The key of the record in its ConfigMap.
const KEY: &str = "record.json";
const TOOLING: &str = "applyset.kubernetes.io/tooling";
const GROUP_KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
const NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";

fn entry(change: &ResourceChange, uid: Option<String>) -> RecordedObject {
    RecordedObject {
        api_version: change.api_version.clone(),
        kind: change.kind.clone(),
        namespace: change.namespace.clone(),
        name: change.name.clone(),
        uid,
    }
}

/// Same object, whatever its uid.
fn same(one: &RecordedObject, other: &RecordedObject) -> bool {
    (&one.api_version, &one.kind, &one.namespace, &one.name)
        == (&other.api_version, &other.kind, &other.namespace, &other.name)
}

/// Adds everything that the plan is about to make, and the plan's id as started. What was recorded stays.
pub(super) fn widen(record: &Record, plan: &Plan, owner: &OwnerName, at: &str) -> Record {
    let mut record = record.clone();
    let id = owner.id();
    for change in plan.resource_changes.iter().filter(|change| change.owner == id && !is_deletion(change)) {
        let seen = change.fingerprint.as_ref().and_then(|fingerprint| fingerprint.uid.clone());
        let new = entry(change, seen);
        match record.objects.iter_mut().find(|known| same(known, &new)) {
            // A run that was killed made it, and could not write down what it became.
            Some(known) if known.uid.is_none() => known.uid = new.uid,
            Some(_) => {}
            None => record.objects.push(new),
        }
    }
    record.plans.insert(plan.id.clone(), plan_entry(plan, PlanState::Started, at));
    // A run that is killed may have brought the labeler in.
    if let Some(image) = planned_from(plan, owner).and_then(|from| from.labeler_image.clone()) {
        record.planned_from.get_or_insert_default().labeler_image = Some(image);
    }
    FORMAT_VERSION.clone_into(&mut record.format_version);
    record
}

/// What an owner was planned from.
fn planned_from<'a>(plan: &'a Plan, owner: &OwnerName) -> Option<&'a PlannedFrom> {
    let found = plan.owners.iter().find(|one| one.namespace == owner.namespace && one.name == owner.name);
    found?.planned_from.as_ref()
}

/// A sealed plan is a file that can be applied again until it expires.
fn plan_entry(plan: &Plan, state: PlanState, at: &str) -> PlanEntry {
    let saved = !plan.digest.is_empty();
    PlanEntry { state, at: at.to_owned(), expires_at: saved.then(|| plan.expires_at.clone()) }
}

/// What is left of the record of a cluster that is gone with all its volumes: the plans whose files could still be
/// applied. Without them a saved plan that made the cluster would make it once more. `None` when there is nothing.
pub(super) fn remains(record: &Record, now: &str) -> Option<Record> {
    let mut plans = record.plans.clone();
    plans.retain(|_, entry| entry.could_be_applied(now));
    (!plans.is_empty()).then(|| Record {
        plans,
        last_apply: record.last_apply.clone(),
        history: record.history.clone(),
        ..Record::empty()
    })
}

/// What a run did, by address.
#[derive(Debug, Clone, Default)]
pub(in crate::apply) struct Outcomes {
    /// uids of objects that were made or changed.
    pub(in crate::apply) uids: BTreeMap<String, String>,
    /// Objects that are gone.
    pub(in crate::apply) gone: BTreeSet<String>,
}

/// Writes down what was done so far: uids of what was made, without what is gone.
pub(super) fn note_outcomes(record: &Record, plan: &Plan, owner: &OwnerName, outcomes: &Outcomes) -> Record {
    let mut record = record.clone();
    let id = owner.id();
    for change in plan.resource_changes.iter().filter(|change| change.owner == id) {
        let this = entry(change, None);
        if outcomes.gone.contains(&change.address) {
            record.objects.retain(|known| !same(known, &this));
        } else if let Some(uid) = outcomes.uids.get(&change.address) {
            record.objects.retain(|known| !same(known, &this));
            record.objects.push(RecordedObject { uid: Some(uid.clone()), ..this });
        }
    }
    record
}

/// The recorded objects that the plan says nothing about: to be looked at before the record is shrunk.
pub(super) fn leftovers(record: &Record, plan: &Plan, owner: &OwnerName) -> Vec<RecordedObject> {
    let id = owner.id();
    let planned: Vec<RecordedObject> =
        plan.resource_changes.iter().filter(|change| change.owner == id).map(|change| entry(change, None)).collect();
    record.objects.iter().filter(|known| !planned.iter().any(|planned| same(planned, known))).cloned().collect()
}

/// Forgets objects that are not there any more.
pub(super) fn forget(record: &Record, gone: &[RecordedObject]) -> Record {
    let mut record = record.clone();
    record.objects.retain(|known| !gone.iter().any(|gone| same(gone, known)));
    record
}

/// Adds the volumes that stay after a destroy.
pub(super) fn with_volumes(record: &Record, claims: &[Value]) -> Record {
    let mut record = record.clone();
    record.objects.retain(|known| known.kind != "PersistentVolumeClaim");
    for claim in claims {
        let claim = Object::new(claim);
        record.objects.push(RecordedObject {
            api_version: "v1".to_owned(),
            kind: "PersistentVolumeClaim".to_owned(),
            namespace: claim.namespace().map(str::to_owned),
            name: claim.name().to_owned(),
            uid: claim.uid().map(str::to_owned),
        });
    }
    record
}

/// Marks the plan as done.
pub(super) fn mark_done(record: &Record, plan: &Plan, owner: &OwnerName, (at, by): (&str, &str)) -> Record {
    let mut record = record.clone();
    // What is not known of this run may not be taken from an earlier one; the labeler's image is not forgotten with it.
    record.planned_from = match planned_from(plan, owner) {
        Some(from) => Some(from.clone()),
        None => {
            record.planned_from.map(|from| PlannedFrom { labeler_image: from.labeler_image, ..PlannedFrom::default() })
        }
    };
    record.plans.insert(plan.id.clone(), plan_entry(plan, PlanState::Done, at));
    record.last_apply = Some(LastApply {
        at: at.to_owned(),
        by: by.to_owned(),
        iriskit_version: env!("CARGO_PKG_VERSION").to_owned(),
        plan: plan.id.clone(),
    });
    record
}

/// The ConfigMap with the record: an ApplySet's parent. `live` is the one to replace; what others wrote to it stays.
pub(super) fn config_map(owner: &OwnerName, record: &Record, live: Option<&Value>) -> Result<Value, RecordError> {
    let mut map = live.cloned().unwrap_or_else(|| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": applyset::record_name(&owner.name), "namespace": owner.namespace}})
    });
    if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
        // A body without it leaves it as it is.
        metadata.remove("managedFields");
    }
    applyset::set_label(&mut map, applyset::ID, &applyset::id(&owner.namespace, &owner.name));
    applyset::set_annotation(&mut map, TOOLING, concat!("iriskit/v", env!("CARGO_PKG_VERSION")));
    applyset::set_annotation(&mut map, GROUP_KINDS, &joined(record.objects.iter().map(group_kind)));
    let elsewhere = record.objects.iter().filter_map(|object| object.namespace.clone());
    let elsewhere = elsewhere.filter(|namespace| *namespace != owner.namespace);
    applyset::set_annotation(&mut map, NAMESPACES, &joined(elsewhere));
    let text = record.to_text()?;
    if let Some(members) = map.as_object_mut() {
        let data = members.entry("data").or_insert_with(|| Value::Object(Map::new()));
        if !data.is_object() {
            *data = Value::Object(Map::new());
        }
        if let Some(data) = data.as_object_mut() {
            data.insert(KEY.to_owned(), Value::from(text));
        }
    }
    Ok(map)
}

/// Reads the record of a live ConfigMap; `Err` says why it is none of ours.
pub(super) fn read(owner: &OwnerName, map: &Value) -> Result<Record, String> {
    let map = ConfigMap::new(map);
    let name = applyset::record_name(&owner.name);
    if map.label(applyset::ID) != Some(applyset::id(&owner.namespace, &owner.name).as_str()) {
        return Err(format!("ConfigMap {name} exists and is not a record of iriskit"));
    }
    let text = map.text(KEY).ok_or_else(|| format!("ConfigMap {name} has no {KEY}"))?;
    Record::parse(text).map_err(|error| error.to_string())
}

fn group_kind(object: &RecordedObject) -> String {
    match object.api_version.split_once('/') {
        Some((group, _)) => format!("{}.{group}", object.kind),
        None => object.kind.clone(),
    }
}

fn joined(values: impl Iterator<Item = String>) -> String {
    values.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> OwnerName {
        OwnerName { namespace: "n".into(), name: "c".into() }
    }

    fn object(api_version: &str, kind: &str, namespace: &str, uid: Option<&str>) -> RecordedObject {
        RecordedObject {
            api_version: api_version.into(),
            kind: kind.into(),
            namespace: Some(namespace.into()),
            name: "x".into(),
            uid: uid.map(Into::into),
        }
    }

    #[test]
    fn the_parent_says_what_the_set_contains_and_keeps_what_others_wrote() {
        let mut record = Record::empty();
        record.objects = vec![
            object("apps/v1", "StatefulSet", "n", None),
            object("v1", "Service", "m", None),
            object("v1", "ConfigMap", "n", None),
        ];
        let live = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"other": "kept"},
            "metadata": {"name": "c-iriskit", "namespace": "n", "resourceVersion": "7", "managedFields": [{}], "labels": {"a": "b"}}});
        let map = config_map(&owner(), &record, Some(&live)).unwrap();
        assert_eq!(map["metadata"]["annotations"][GROUP_KINDS], "ConfigMap,Service,StatefulSet.apps");
        assert_eq!(map["metadata"]["annotations"][NAMESPACES], "m");
        assert_eq!(map["metadata"]["labels"]["a"], "b");
        assert_eq!(map["metadata"]["labels"][applyset::ID], applyset::id("n", "c"));
        assert_eq!(map["metadata"]["resourceVersion"], "7");
        assert_eq!(map["metadata"].get("managedFields"), None);
        assert_eq!(map["data"]["other"], "kept");
        let mut sorted = record.clone();
        sorted.objects.sort();
        assert_eq!(read(&owner(), &map), Ok(sorted));
    }

    #[test]
    fn a_config_map_of_somebody_else_is_not_taken_for_a_record() {
        let mut map = config_map(&owner(), &Record::empty(), None).unwrap();
        assert_eq!(read(&owner(), &map), Ok(Record::empty()));
        map["data"][KEY] = json!("{}");
        assert!(read(&owner(), &map).is_err());
        map["metadata"]["labels"] = json!({});
        assert_eq!(read(&owner(), &map), Err("ConfigMap c-iriskit exists and is not a record of iriskit".into()));
    }

    #[test]
    fn volumes_replace_those_of_before() {
        let mut record = Record::empty();
        record.objects =
            vec![object("v1", "PersistentVolumeClaim", "n", Some("old")), object("v1", "Secret", "n", None)];
        let claim = json!({"metadata": {"name": "data-0", "namespace": "n", "uid": "u"}});
        let kinds = |record: &Record| {
            record.objects.iter().map(|object| (object.kind.clone(), object.name.clone())).collect::<Vec<_>>()
        };
        let with = with_volumes(&record, &[claim]);
        assert_eq!(kinds(&with), [("Secret".into(), "x".into()), ("PersistentVolumeClaim".into(), "data-0".into())]);
        assert_eq!(kinds(&with_volumes(&with, &[])), [("Secret".into(), "x".into())]);
    }
}
