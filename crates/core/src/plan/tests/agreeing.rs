//! Whether plans say all that they do, by the planner's own predictions on what is there when they are applied. That every plan of
//! these tests does is looked at where they are made.

use iriskit_state::plan::{Component, Impact, Operation, Plan, Stage, Treatment};
use serde_json::{Value, json};

use super::scene::*;
use crate::{
    expand::{Desired, Rolling},
    plan::{
        Rollout,
        agreement::Unsaid,
        changes::{destroy::plan_of_destroy, examine::OwnerInput},
        draft::frame::Frame,
        live::Live,
        ownership::policy::Policy,
    },
};

fn workload(kind: &str, selector: &str, labels: &Value) -> Desired {
    let value = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "front", "namespace": "n"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": selector}},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "m", "image": "x:1"}]}}}});
    desired(Stage::Services, Component::Companion, value)
}

fn deployment(selector: &str) -> Desired {
    workload("Deployment", selector, &json!({"app": selector}))
}

fn pod_of_deployment(n: usize, labels: &Value) -> Value {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("front-6d5-{n}"), "namespace": "n",
        "uid": format!("pod-{n}"), "labels": {"pod-template-hash": "6d5"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "front-6d5", "uid": "rs", "controller": true}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
    pod["metadata"]["labels"].as_object_mut().unwrap().extend(labels.as_object().unwrap().clone());
    pod
}

fn claim(name: &str, owner: Option<&str>) -> Value {
    let mut claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": "n", "uid": name, "labels":
            {"intersystems.com/name": "c", "intersystems.com/kind": "IrisCluster"}},
        "spec": {"resources": {"requests": {"storage": "1Gi"}}}, "status": {"phase": "Bound"}});
    if let Some(owner) = owner {
        claim["metadata"]["ownerReferences"] = json!([{"kind": "Pod", "name": owner, "uid": owner}]);
    }
    claim
}

/// As somebody leaves a plan who seals it anew.
fn silenced(mut plan: Plan) -> Plan {
    plan.allowances.clear();
    for change in &mut plan.resource_changes {
        change.impact = Impact::default();
    }
    plan
}

fn texts(found: &[crate::plan::Contradiction]) -> Vec<&str> {
    found.iter().map(|one| one.text.as_str()).collect()
}

fn names(unsaid: &Unsaid) -> (Vec<&str>, Vec<&str>) {
    (texts(&unsaid.hidden), texts(&unsaid.moved))
}

#[test]
fn what_an_object_takes_along_that_is_made_again_is_not_hidden() {
    let pods = [0, 1].map(|n| pod_of_deployment(n, &json!({"app": "f"})));
    let scratch = claim("scratch", Some("pod-0"));
    let live = live([applied(&deployment("f")), scratch].into_iter().chain(pods));
    let made = Made::of(owner(vec![deployment("g")]), &live, &Policy::default(), Rollout::default());
    assert_eq!(allowances(&made.plan), ["delete-data", "outage", "replace"]);
    assert_eq!(made.unsaid(&made.plan, &live), Unsaid::default());
    let unsaid = made.unsaid(&silenced(made.plan.clone()), &live);
    let (hidden, moved) = names(&unsaid);
    assert_eq!(
        hidden,
        [
            "it needs --allow delete-data, and the plan does not say so",
            "it needs --allow replace, and the plan does not say so",
            "that volume scratch is deleted is not said",
            "that pod front-6d5-0 restarts is not said",
            "that pod front-6d5-1 restarts is not said",
        ]
    );
    assert_eq!(moved, ["it needs --allow outage by now: all pods of front go before new ones are made"]);
}

#[test]
fn what_a_take_over_does_to_pods_is_not_hidden() {
    let labels = json!({"app": "f", "theirs": "x"});
    let mut found = workload("Deployment", "f", &labels).value;
    found["metadata"]["uid"] = json!("uid-front");
    let fields = json!({"f:spec": {"f:selector": {}, "f:replicas": {}, "f:template": {
        "f:metadata": {"f:labels": {".": {}, "f:app": {}, "f:theirs": {}}}}}});
    found["metadata"]["managedFields"] = json!([{"manager": "helm", "operation": "Update", "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1", "fieldsV1": fields}]);
    let pods = [0, 1].map(|n| pod_of_deployment(n, &labels));
    let live = live([found].into_iter().chain(pods));
    let made =
        Made::of(owner(vec![deployment("f")]), &live, &Policy::new(Treatment::Leave, vec![], true), Rollout::default());
    assert_eq!(change(&made.plan, "Deployment/n/front").impact.pods.len(), 2);
    assert_eq!(made.unsaid(&made.plan, &live), Unsaid::default());
    let unsaid = made.unsaid(&silenced(made.plan.clone()), &live);
    let restarts = texts(&unsaid.hidden).into_iter().filter(|text| text.contains("restarts")).count();
    assert_eq!(restarts, 2, "{unsaid:?}");
}

#[test]
fn what_a_set_does_that_is_made_around_its_pods_is_not_hidden() {
    let mut with_another = pair("i:1");
    let templates = with_another.value["spec"]["volumeClaimTemplates"].as_array_mut().unwrap();
    templates.push(json!({"metadata": {"name": "extra"}, "spec": {"resources": {"requests": {"storage": "1Gi"}}}}));
    let pods = || [pod(0, "new", Some("primary"), true), pod(1, "new", Some("backup"), true)];
    let orphans = pods().map(|mut pod| {
        pod["metadata"].as_object_mut().unwrap().remove("ownerReferences");
        pod
    });
    let again = live([applied(&pair("i:1"))].into_iter().chain(pods()));
    for live in [again, live(orphans)] {
        let made = Made::of(owner(vec![with_another.clone()]), &live, &Policy::default(), Rollout::default());
        assert_eq!(made.plan.impact.restarts, 2, "{:?}", made.plan.notes);
        assert_eq!(made.unsaid(&made.plan, &live), Unsaid::default());
        let unsaid = made.unsaid(&silenced(made.plan.clone()), &live);
        let (hidden, moved) = names(&unsaid);
        assert_eq!(hidden, ["that pod c-data-0-0 restarts is not said", "that pod c-data-0-1 restarts is not said"]);
        assert!(moved[0].starts_with("it needs --allow restart-primary by now: "), "{moved:?}");
    }
}

#[test]
fn that_fewer_pods_are_ready_is_the_clusters_doing() {
    let set = |image: &str| {
        let mut set = pair(image);
        (set.rolling, set.mirrored) = (Rolling::Kubernetes, false);
        set.value["spec"]["updateStrategy"] = json!({"type": "RollingUpdate"});
        set
    };
    let member = |ordinal| pod(ordinal, "new", None, false);
    let then = live([applied(&set("i:1")), member(0), member(1)]);
    let made = Made::of(owner(vec![set("i:2")]), &then, &Policy::default(), Rollout::default());
    assert!(!allowances(&made.plan).contains(&"outage"), "{:?}", made.plan.allowances);
    assert_eq!(made.unsaid(&made.plan, &then), Unsaid::default());
    let now = live([applied(&set("i:1")), member(1)]);
    let unsaid = made.unsaid(&made.plan, &now);
    let (hidden, moved) = names(&unsaid);
    assert_eq!(hidden, Vec::<&str>::new());
    assert_eq!(moved, ["it needs --allow outage by now: c-data-0-1 is the only ready pod of c-data-0, and restarts"]);
}

#[test]
fn what_a_destroy_deletes_is_not_hidden() {
    let mut set = applied(&pair("i:1"));
    set["metadata"]["labels"]["intersystems.com/component"] = json!("data");
    let claims = [0, 1].map(|n| claim(&format!("iris-data-c-data-0-{n}"), None));
    let members = [pod(0, "new", Some("primary"), true), pod(1, "new", Some("backup"), true)];
    let live: Live = live([set.clone()].into_iter().chain(claims).chain(members));
    let input = OwnerInput { record: Some(record_of(&[&set])), ..owner(vec![]) };
    let plan = plan_of_destroy(Frame { operation: Operation::Destroy, ..frame() }, &[input], &live, true);
    assert_eq!(plan.impact.volumes_deleted, 2);
    let made = Made::destroying(plan);
    assert_eq!(made.unsaid(&made.plan, &live), Unsaid::default());
    let unsaid = made.unsaid(&silenced(made.plan.clone()), &live);
    let (hidden, moved) = names(&unsaid);
    assert!(hidden.contains(&"that pod c-data-0-0 is deleted is not said"), "{hidden:?}");
    assert!(hidden.contains(&"that volume iris-data-c-data-0-1 is deleted is not said"), "{hidden:?}");
    assert!(hidden.contains(&"it needs --allow delete-data, and the plan does not say so"), "{hidden:?}");
    assert_eq!(moved, Vec::<&str>::new());
}
