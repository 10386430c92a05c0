//! Removing.

use iriskit_state::plan::{Component, Propagation, Stage, Step};
use serde_json::{Value, json};

use super::scene::*;
use crate::plan::{
    changes::{destroy::plan_of_destroy, examine::OwnerInput},
    planner::Read,
};

fn claim(name: &str, cluster: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "n", "uid": name,
        "labels": {"intersystems.com/name": cluster, "intersystems.com/kind": "IrisCluster"}},
        "spec": {"resources": {"requests": {"storage": "2Gi"}}}})
}

fn labelled(mut object: Value, component: &str) -> Value {
    object["metadata"]["labels"]["intersystems.com/component"] = json!(component);
    object
}

#[test]
fn what_the_manifest_no_longer_has_is_deleted_at_the_end() {
    let (kept, gone) = (config_map("kept", &json!({"a": "1"})), config_map("gone", &json!({"a": "1"})));
    let (kept_live, gone_live) = (applied(&kept), applied(&gone));
    let input = OwnerInput { record: Some(record_of(&[&kept_live, &gone_live])), ..owner(vec![kept]) };
    let plan = plan(input, &live([kept_live, gone_live]));
    assert_eq!(plan.summary.delete, 1);
    let change = change(&plan, "ConfigMap/n/gone");
    assert_eq!(change.steps, [Step::Delete { uid: "uid-gone".into(), propagation: Propagation::Background }]);
    assert_eq!(plan.stages.last().map(|stage| stage.name.to_string()), Some("remove prerequisites".to_owned()));
}

#[test]
fn data_nodes_are_never_removed_by_an_apply() {
    let set = labelled(applied(&pair("i:2024.1")), "data");
    let input = OwnerInput { record: Some(record_of(&[&set])), ..owner(vec![]) };
    let plan = plan(input, &live([set]));
    assert_eq!(note_ids(&plan), ["topology-rebuild"]);
    assert_eq!(plan.summary.delete, 0);
}

#[test]
fn a_destroy_takes_the_backup_first_and_keeps_the_volumes() {
    let set = labelled(applied(&pair("i:2024.1")), "data");
    let map = labelled(applied(&config_map("m", &json!({"a": "1"}))), "data");
    let input = || OwnerInput { record: Some(record_of(&[&set, &map])), ..owner(vec![]) };
    let live = live([
        set.clone(),
        map.clone(),
        pod(0, "new", Some("backup"), true),
        pod(1, "new", Some("primary"), true),
        claim("iris-data-c-data-0-0", "c"),
        claim("other", "other"),
    ]);
    let plan = plan_of_destroy(frame(), &[input()], &live, false);
    let set = change(&plan, "StatefulSet/n/c-data-0");
    assert_eq!(
        set.steps,
        [
            Step::Delete { uid: "uid-c-data-0".into(), propagation: Propagation::Orphan },
            Step::DeletePodsByRole {
                pods: vec![("c-data-0-0".into(), "pod-0".into()), ("c-data-0-1".into(), "pod-1".into())]
            },
        ]
    );
    let staying: Vec<_> = plan.staying.iter().map(|stays| stays.address.as_str()).collect();
    assert_eq!(staying, ["PersistentVolumeClaim/n/iris-data-c-data-0-0"]);
    assert_eq!(allowances(&plan), Vec::<&str>::new());

    let plan = plan_of_destroy(frame(), &[input()], &live, true);
    assert_eq!(allowances(&plan), ["delete-data"]);
    assert_eq!(plan.impact.volumes_deleted, 1);
    assert_eq!(plan.stages.last().map(|stage| stage.name.to_string()), Some("remove volumes".to_owned()));
}

#[test]
fn the_rights_of_the_labeler_go_after_the_members() {
    let rights = [
        ("v1", "ServiceAccount"),
        ("rbac.authorization.k8s.io/v1", "Role"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ];
    let rights = rights.map(|(api_version, kind)| {
        let value = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "c-mirror-labeler", "namespace": "n"}});
        labelled(applied(&desired(Stage::Prerequisites, Component::Data, value)), "data")
    });
    let set = labelled(applied(&pair("i:2024.1")), "data");
    let all: Vec<&Value> = rights.iter().chain([&set]).collect();
    let input = OwnerInput { record: Some(record_of(&all)), ..owner(vec![]) };
    let plan = plan_of_destroy(frame(), &[input], &live(all.iter().map(|object| (*object).clone())), false);
    let stage = |name: &str| plan.stages.iter().position(|stage| stage.name.to_string() == name).unwrap();
    assert!(stage("remove data") < stage("remove prerequisites"));
    assert_eq!(plan.stages[stage("remove data")].changes, ["StatefulSet/n/c-data-0"]);
    assert_eq!(plan.stages[stage("remove prerequisites")].changes.len(), 3);
}

#[test]
fn the_headless_service_goes_with_the_last_set_that_names_it() {
    let set = labelled(applied(&pair("i:2024.1")), "data");
    let mut other = applied(&pair("i:2024.1"));
    other["metadata"]["name"] = json!("other");
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "iris-svc", "namespace": "n", "uid": "s",
        "managedFields": [{"manager": "iriskit", "operation": "Apply", "fieldsV1": {}}]}});
    let input = || OwnerInput { record: Some(record_of(&[&set])), ..owner(vec![]) };
    let gone = |live| {
        plan_of_destroy(frame(), &[input()], &live, false)
            .resource_changes
            .iter()
            .any(|change| change.name == "iris-svc")
    };
    assert!(gone(live([set.clone(), service.clone()])));
    assert!(!gone(live([set.clone(), other, service.clone()])));
    let mut foreign = service;
    foreign["metadata"]["managedFields"][0]["manager"] = json!("iris-operator");
    assert!(!gone(live([set.clone(), foreign])));
}

#[test]
fn volumes_that_stay_have_to_be_there_still_and_those_that_go_are_shown_without_the_servers_marks() {
    let set = labelled(applied(&pair("i:2024.1")), "data");
    let input = || OwnerInput { record: Some(record_of(&[&set])), ..owner(vec![]) };
    let mut going = claim("iris-data-c-data-0-0", "c");
    going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    going["metadata"]["deletionGracePeriodSeconds"] = json!(0);
    let live = live([set.clone(), going, claim("iris-data-c-data-0-7", "c")]);
    let plan = |delete_data| plan_of_destroy(frame(), &[input()], &live, delete_data);
    let addresses: Vec<String> = plan(false).references.into_iter().map(|seen| seen.address).collect();
    let names = ["iris-data-c-data-0-0", "iris-data-c-data-0-7"].map(|name| format!("PersistentVolumeClaim/n/{name}"));
    assert_eq!(addresses, names);
    let all = plan(true);
    assert_eq!(all.references, []);
    let metadata = change(&all, &names[0]).change.before["metadata"].as_object().unwrap();
    assert_eq!(metadata.keys().collect::<Vec<_>>(), ["labels", "name", "namespace"]);
}

/// The same object under another uid, as a restore from a backup or `kubectl replace --force` makes it.
fn remade(mut object: Value) -> Value {
    object["metadata"]["uid"] = json!("another-uid");
    object["metadata"]["managedFields"] = json!([{"manager": "kubectl-replace", "operation": "Update",
        "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]);
    object
}

fn running(role: Option<&str>, ordinal: u32, owner: &str) -> Value {
    let mut pod = labelled(pod(ordinal, "new", role, true), "data");
    pod["metadata"]["ownerReferences"][0]["uid"] = json!(owner);
    pod
}

#[test]
fn an_object_that_was_made_again_from_its_own_text_goes_like_any_other() {
    let set = labelled(applied(&pair("i:2024.1")), "data");
    let input = || OwnerInput { record: Some(record_of(&[&set])), ..owner(vec![]) };
    let live = live([
        remade(set.clone()),
        running(Some("primary"), 0, "another-uid"),
        running(Some("backup"), 1, "another-uid"),
        claim("iris-data-c-data-0-0", "c"),
    ]);
    let plan = plan_of_destroy(frame(), &[input()], &live, true);
    let gone: Vec<&str> = plan.resource_changes.iter().map(|change| change.address.as_str()).collect();
    assert_eq!(gone, ["StatefulSet/n/c-data-0", "PersistentVolumeClaim/n/iris-data-c-data-0-0"]);
    assert_eq!(change(&plan, gone[0]).impact.pods.len(), 2);
    assert_eq!(note_ids(&plan), Vec::<&str>::new());
}

#[test]
fn a_volume_stays_with_the_set_that_uses_it() {
    let set = labelled(applied(&pair("i:2024.1")), "data");
    let input = || OwnerInput { record: Some(record_of(&[&set])), ..owner(vec![]) };
    let mut foreign = remade(set.clone());
    foreign["metadata"]["labels"].as_object_mut().unwrap().remove("applyset.kubernetes.io/part-of");
    let names = ["iris-data-c-data-0-0", "iris-data-c-data-0-7", "iris-data-gone-0"];
    let claims = names.map(|name| claim(name, "c"));
    // A debugging pod of somebody mounts what its set has left.
    let mut debug = running(None, 7, "");
    debug["metadata"] = json!({"name": "debug", "namespace": "n", "uid": "d"});
    debug["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"] = json!(names[2]);
    for (set, pods, staying) in
        [(foreign, vec![], &names[..2]), (set.clone(), vec![], &[]), (set.clone(), vec![debug], &names[2..])]
    {
        let live = live([set].into_iter().chain(pods).chain(claims.clone()));
        let plan = plan_of_destroy(frame(), &[input()], &live, true);
        let address = |name: &&str| format!("PersistentVolumeClaim/n/{name}");
        let stays: Vec<_> = plan.staying.iter().map(|stays| stays.address.clone()).collect();
        assert_eq!(stays, staying.iter().map(address).collect::<Vec<_>>());
        let told = plan.notes.iter().filter(|note| note.id.as_str() == "volume-in-use").count();
        assert_eq!((told, plan.impact.volumes_staying), (staying.len(), staying.len()));
        assert_eq!(plan.impact.volumes_deleted, 3 - staying.len());
    }
}

#[test]
fn what_uses_a_volume_and_cannot_be_read_keeps_it() {
    for (api_version, kind) in [("v1", "Pod"), ("apps/v1", "StatefulSet")] {
        let mut live = live([claim("iris-data-c-data-0-0", "c")]);
        live.refuse(Read::list(api_version, kind, "n"), "forbidden");
        let input = OwnerInput { record: Some(record_of(&[])), ..owner(vec![]) };
        let plan = plan_of_destroy(frame(), &[input], &live, true);
        assert_eq!((plan.impact.volumes_deleted, allowances(&plan)), (0, vec![]));
    }
}

#[test]
fn pods_that_lost_their_set_go_before_their_volumes_the_primary_last() {
    let set = labelled(applied(&pair("i:2024.1")), "data");
    let map = labelled(applied(&config_map("m", &json!({"a": "1"}))), "data");
    let orphan = |ordinal, role| {
        let mut pod = running(role, ordinal, "");
        let metadata = pod["metadata"].as_object_mut().unwrap();
        metadata.remove("ownerReferences");
        metadata["labels"]["intersystems.com/kind"] = json!("IrisCluster");
        metadata["labels"]["intersystems.com/name"] = json!("c");
        pod
    };
    let mut going = orphan(2, None);
    going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let mut of_another = orphan(3, None);
    of_another["metadata"]["labels"]["intersystems.com/name"] = json!("d");
    let live = live([
        map.clone(),
        orphan(0, Some("backup")),
        orphan(1, Some("primary")),
        going,
        of_another,
        claim("iris-data-c-data-0-0", "c"),
        claim("iris-data-c-data-0-3", "c"),
    ]);
    for record in [record_of(&[&set, &map]), record_of(&[&map])] {
        let input = OwnerInput { record: Some(record), ..owner(vec![]) };
        let plan = plan_of_destroy(frame(), &[input], &live, true);
        let gone: Vec<&str> = plan.resource_changes.iter().map(|change| change.address.as_str()).collect();
        let pods = ["Pod/n/c-data-0-0", "Pod/n/c-data-0-1"];
        assert_eq!(gone, [pods[0], pods[1], "ConfigMap/n/m", "PersistentVolumeClaim/n/iris-data-c-data-0-0"]);
        assert_eq!(change(&plan, pods[1]).depends_on, [pods[0]]);
        assert_eq!(change(&plan, "ConfigMap/n/m").depends_on, pods);
        assert_eq!(note_ids(&plan), ["volume-in-use"]);
    }
}

#[test]
fn pods_of_a_companion_that_lost_their_set_are_known_by_the_record() {
    let side = |value: Value| labelled(applied(&desired(Stage::Services, Component::Cluster, value)), "x");
    let set =
        side(json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "side", "namespace": "n"},
        "spec": {"template": {}}}));
    let pod = |name: &str, made_by: &str| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "n", "uid": name,
            "labels": {"statefulset.kubernetes.io/pod-name": made_by}}})
    };
    let input = OwnerInput { record: Some(record_of(&[&set])), ..owner(vec![]) };
    let live = live([pod("side-0", "side-0"), pod("side-1", "x"), pod("side-x", "side-x"), pod("other-0", "other-0")]);
    let plan = plan_of_destroy(frame(), &[input], &live, false);
    let gone: Vec<&str> = plan.resource_changes.iter().map(|change| change.address.as_str()).collect();
    assert_eq!(gone, ["Pod/n/side-0"]);
}

#[test]
fn claims_that_go_with_what_owns_them_are_told() {
    let map = labelled(applied(&config_map("m", &json!({"a": "1"}))), "data");
    let set = labelled(applied(&pair("i:2024.1")), "compute");
    let owned = |name: &str, uid: &str| {
        let mut claim = claim(name, "other");
        claim["metadata"]["ownerReferences"] = json!([{"uid": uid}]);
        claim
    };
    let input = || OwnerInput { record: Some(record_of(&[&map, &set])), ..owner(vec![]) };
    let live = live([
        map.clone(),
        set.clone(),
        pod(0, "new", None, false),
        owned("of-map", "uid-m"),
        owned("of-set", "uid-c-data-0"),
        owned("of-pod", "pod-0"),
        owned("of-another", "uid-x"),
    ]);
    let told = |plan: &iriskit_state::plan::Plan, address: &str| -> Vec<String> {
        change(plan, address).impact.volumes.iter().map(|volume| volume.claim.clone()).collect()
    };
    for plan in [plan_of_destroy(frame(), &[input()], &live, false), plan(input(), &live)] {
        assert_eq!(told(&plan, "ConfigMap/n/m"), ["of-map"]);
        assert_eq!(told(&plan, "StatefulSet/n/c-data-0"), ["of-set", "of-pod"]);
        assert!(allowances(&plan).contains(&"delete-data"));
    }
}
