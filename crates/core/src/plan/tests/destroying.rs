//! Removing.

use iriskit_state::plan::{Component, Propagation, Stage, Step};
use serde_json::{Value, json};

use super::scene::*;
use crate::plan::changes::{deletion::destroy, examine::OwnerInput};

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
    let plan = destroy(frame(), &[input()], &live, false);
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

    let plan = destroy(frame(), &[input()], &live, true);
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
    let plan = destroy(frame(), &[input], &live(all.iter().map(|object| (*object).clone())), false);
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
        destroy(frame(), &[input()], &live, false).resource_changes.iter().any(|change| change.name == "iris-svc")
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
    let plan = |delete_data| destroy(frame(), &[input()], &live, delete_data);
    let addresses: Vec<String> = plan(false).references.into_iter().map(|seen| seen.address).collect();
    let names = ["iris-data-c-data-0-0", "iris-data-c-data-0-7"].map(|name| format!("PersistentVolumeClaim/n/{name}"));
    assert_eq!(addresses, names);
    let all = plan(true);
    assert_eq!(all.references, []);
    let metadata = change(&all, &names[0]).change.before["metadata"].as_object().unwrap();
    assert_eq!(metadata.keys().collect::<Vec<_>>(), ["labels", "name", "namespace"]);
}
