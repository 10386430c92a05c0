//! What can't be read is no absence.

use iriskit_state::plan::{Component, ImpactClass, Plan, PodEffect, Stage, VolumeEffect};
use serde_json::{Value, json};

use super::scene::*;
use crate::{
    expand::{Desired, Ownership},
    plan::{
        changes::{destroy::plan_of_destroy, examine::OwnerInput},
        live::{Live, name},
        planner::Read,
        unknown::assumed_objects::assume_unlisted,
    },
};

const FORBIDDEN: &str = "User \"u\" cannot list";

fn no_pods(mut live: Live) -> Live {
    live.refuse(Read::list("v1", "Pod", "n"), FORBIDDEN);
    assume_unlisted(&mut live);
    live
}

fn no_claims(mut live: Live) -> Live {
    live.refuse(Read::list("v1", "PersistentVolumeClaim", "n"), FORBIDDEN);
    assume_unlisted(&mut live);
    live
}

/// A set as its controller reports it, with so many ready pods.
fn reported(desired: &Desired, ready: u64) -> Value {
    let mut set = applied(desired);
    let replicas = set["spec"]["replicas"].clone();
    set["status"] = json!({"updateRevision": "new", "currentRevision": "new", "replicas": replicas,
        "updatedReplicas": replicas, "readyReplicas": ready});
    set
}

#[test]
fn what_is_assumed_is_what_a_set_says_last() {
    let wanted = side(2, "x:1");
    let mut live = no_claims(no_pods(live([reported(&wanted, 2)])));
    let names =
        |live: &Live, kind: &str| live.of_kind(kind, "n").map(|object| name(object).to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&live, "Pod"), ["side-0", "side-1"]);
    assert_eq!(names(&live, "PersistentVolumeClaim"), ["store-side-0", "store-side-1"]);
    live.forget_assumed();
    assert_eq!((names(&live, "Pod").len(), names(&live, "PersistentVolumeClaim").len()), (0, 0));
    // Somebody scaled it a moment ago.
    live.insert(reported(&side(1, "x:1"), 1));
    assume_unlisted(&mut live);
    assert_eq!(names(&live, "Pod"), ["side-0"]);
    assert_eq!(names(&live, "PersistentVolumeClaim"), ["store-side-0"]);
}

/// A companion whose claims go with its pods.
fn side(replicas: u64, image: &str) -> Desired {
    let value = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "side", "namespace": "n"},
        "spec": {"replicas": replicas, "serviceName": "side", "selector": {"matchLabels": {"a": "s"}},
            "persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete", "whenDeleted": "Delete"},
            "template": {"metadata": {"labels": {"a": "s"}}, "spec": {"containers": [{"name": "m", "image": image}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "store"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]}});
    desired(Stage::Services, Component::Companion, value)
}

fn pods(plan: &Plan) -> Vec<(&str, PodEffect)> {
    let all = plan.resource_changes.iter().flat_map(|change| &change.impact.pods);
    all.map(|pod| (pod.pod.as_str(), pod.effect)).collect()
}

fn volumes(plan: &Plan) -> Vec<(&str, VolumeEffect)> {
    let all = plan.resource_changes.iter().flat_map(|change| &change.impact.volumes);
    all.map(|volume| (volume.claim.as_str(), volume.effect)).collect()
}

fn side_pod(ordinal: u64) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("side-{ordinal}"), "namespace": "n",
        "labels": {"a": "s", "controller-revision-hash": "new"}, "ownerReferences": [{"uid": "uid-side", "controller": true}]},
        "spec": {"volumes": [{"name": "store", "persistentVolumeClaim": {"claimName": format!("store-side-{ordinal}")}}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})
}

#[test]
fn pods_that_cannot_be_listed_are_taken_to_run() {
    let live = no_pods(live([reported(&side(1, "x:1"), 1)]));
    let one = plan(owner(vec![side(1, "x:2")]), &live);
    assert_eq!(pods(&one), [("side-0", PodEffect::Restarts)]);
    assert_eq!((allowances(&one), note_ids(&one)), (vec!["outage"], vec!["unknown"]));
    assert!(one.impact.pods_unknown && one.notes[0].message.contains(FORBIDDEN), "{:?}", one.notes);
}

#[test]
fn a_roll_whose_pods_are_unknown_asks_for_an_outage_unless_all_are_ready() {
    for (ready, expected) in [(3, vec![]), (2, vec!["outage"])] {
        let live = no_pods(live([reported(&side(3, "x:1"), ready)]));
        let plan = plan(owner(vec![side(3, "x:2")]), &live);
        assert_eq!(pods(&plan).len(), 3);
        assert_eq!(allowances(&plan), expected, "{ready} ready");
    }
}

#[test]
fn a_mirror_whose_pods_are_unknown_is_rolled_blind() {
    let live = no_pods(live([reported(&pair("iris:2024.1"), 2)]));
    let plan = plan(owner(vec![pair("iris:2024.1.1")]), &live);
    assert_eq!(pods(&plan), [("c-data-0-1", PodEffect::Restarts), ("c-data-0-0", PodEffect::Restarts)]);
    assert_eq!(allowances(&plan), ["restart-primary", "roll-blind"]);
}

#[test]
fn nothing_changes_where_pods_are_unknown_and_their_set_says_that_all_are_new() {
    let all_new = reported(&side(3, "x:1"), 3);
    let mut cut_off = all_new.clone();
    cut_off["status"]["updatedReplicas"] = json!(1);
    cut_off["status"]["currentRevision"] = json!("old");
    for (set, expected) in [(all_new, 0), (cut_off, 3)] {
        let plan = plan(owner(vec![side(3, "x:1")]), &no_pods(live([set])));
        assert_eq!((plan.impact.restarts, note_ids(&plan)), (expected, vec!["unknown"]));
    }
}

#[test]
fn a_mirror_is_not_taken_away_member_by_member_where_they_are_unknown() {
    let mut set = reported(&pair("iris:2024.1"), 2);
    set["metadata"]["labels"]["intersystems.com/component"] = json!("data");
    let live = no_pods(live([set.clone()]));
    let owner = OwnerInput { record: Some(record_of(&[&set])), ..owner(vec![]) };
    let plan = plan_of_destroy(frame(), &[owner], &live, false);
    assert_eq!(note_ids(&plan), ["cannot-read", "unknown"]);
    assert!(plan.resource_changes.is_empty());
}

#[test]
fn volumes_that_cannot_be_listed_may_exist() {
    let fresh = plan(owner(vec![side(2, "x:1")]), &no_claims(live([])));
    assert_eq!(volumes(&fresh), [("store-side-0", VolumeEffect::Unknown), ("store-side-1", VolumeEffect::Unknown)]);
    assert_eq!((allowances(&fresh), note_ids(&fresh)), (vec!["reuse-data"], vec!["unknown"]));
    assert_eq!((fresh.impact.volumes_unknown, fresh.impact.volumes_new), (2, 0));
    assert!(fresh.impact.claims_unknown && fresh.impact.class == ImpactClass::Data);
    // More pods of a set that is there.
    let set = reported(&side(1, "x:1"), 1);
    let more = plan(owner(vec![side(2, "x:1")]), &no_claims(live([set, side_pod(0)])));
    assert_eq!(volumes(&more), [("store-side-1", VolumeEffect::Unknown)]);
    assert_eq!(allowances(&more), ["reuse-data"]);
}

#[test]
fn volumes_that_go_with_their_pods_are_told_without_the_right_to_list_them() {
    let set = reported(&side(3, "x:1"), 3);
    let all = || [set.clone(), side_pod(0), side_pod(1), side_pod(2)];
    let gone = [("store-side-2", VolumeEffect::Deleted), ("store-side-1", VolumeEffect::Deleted)];
    for known in [no_claims(live(all())), no_claims(no_pods(live(all()))), no_pods(no_claims(live([set.clone()])))] {
        let plan = plan(owner(vec![side(1, "x:1")]), &known);
        assert_eq!((volumes(&plan), allowances(&plan)), (gone.to_vec(), vec!["delete-data"]));
    }
    // With the set itself.
    let owner = OwnerInput { record: Some(record_of(&[&set])), ..owner(vec![]) };
    let plan = plan(owner, &no_claims(live(all())));
    assert_eq!(allowances(&plan), ["delete-data", "outage"]);
    assert_eq!(plan.impact.volumes_deleted, 3);
}

/// A claim that somebody deleted goes with its pod, and who can't list claims can't see that.
#[test]
fn a_restart_of_pods_whose_claims_are_unknown_may_cost_data() {
    let set = reported(&side(3, "x:1"), 3);
    let plan = plan(owner(vec![side(3, "x:2")]), &no_claims(live([set, side_pod(0), side_pod(1), side_pod(2)])));
    assert_eq!(allowances(&plan), ["delete-data"]);
}

#[test]
fn volumes_that_cannot_be_listed_cannot_be_deleted() {
    let set = reported(&side(1, "x:1"), 1);
    let owner = || OwnerInput { record: Some(record_of(&[&set])), ..owner(vec![]) };
    let live = no_claims(live([set.clone(), side_pod(0)]));
    let with = plan_of_destroy(frame(), &[owner()], &live, true);
    assert!(note_ids(&with).contains(&"cannot-read"), "{:?}", with.notes);
    let without = plan_of_destroy(frame(), &[owner()], &live, false);
    assert_eq!((note_ids(&without), allowances(&without)), (vec!["unknown"], vec!["delete-data"]));
}

#[test]
fn a_shared_object_that_cannot_be_read_is_not_made() {
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "iris-svc", "namespace": "n"}});
    let shared = Desired { ownership: Ownership::Shared, ..desired(Stage::Prerequisites, Component::Cluster, service) };
    let mut live = live([]);
    live.refuse(Read::list("v1", "Service", "n"), FORBIDDEN);
    let plan = plan(owner(vec![shared]), &live);
    assert_eq!(note_ids(&plan), ["cannot-read", "unknown"]);
    assert!(plan.resource_changes.is_empty());
}

#[test]
fn what_is_recorded_and_cannot_be_read_is_not_taken_for_gone() {
    let object = applied(&config_map("m", &json!({"a": "1"})));
    let mut nothing = live([]);
    nothing.refuse(Read::list("v1", "ConfigMap", "n"), FORBIDDEN);
    let owner = OwnerInput { record: Some(record_of(&[&object])), ..owner(vec![]) };
    assert_eq!(note_ids(&plan(owner, &nothing)), ["cannot-read", "unknown"]);
}

#[test]
fn a_refusal_speaks_of_the_object_that_was_asked_for() {
    let secret = |name: &str| iriskit_kubernetes::schema::ObjectRef::namespaced("v1", "Secret", "n", name);
    let mut live = live([]);
    live.refuse(Read::Get(secret("a")), "a is forbidden");
    assert_eq!((live.why_unknown(&secret("a")), live.why_unknown(&secret("b"))), (Some("a is forbidden"), None));
}
