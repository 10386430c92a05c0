//! Pods of companions, and the Services in front of them.

use iriskit_state::plan::{Component, ImpactClass, Plan, PodEffect, ServiceUntil, Stage};
use serde_json::{Value, json};

use super::scene::*;
use crate::{
    expand::{Desired, companion},
    plan::{changes::examine::OwnerInput, live::Live, planner::Read},
};
use iriskit_kubernetes::schema::ObjectRef;

fn workload(kind: &str, spec: &Value) -> Desired {
    let mut spec = spec.clone();
    spec["selector"] = json!({"matchLabels": {"app": "f"}});
    let value =
        json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "front", "namespace": "n"}, "spec": spec});
    companion(&ObjectRef::of(&value).unwrap(), &value, None)
}

fn template(image: &str, labels: &Value) -> Value {
    let mut all = json!({"app": "f"});
    all.as_object_mut().unwrap().extend(labels.as_object().unwrap().clone());
    json!({"metadata": {"labels": all}, "spec": {"containers": [{"name": "m", "image": image}]}})
}

fn deployment(replicas: u64, image: &str, strategy: &Value) -> Desired {
    workload(
        "Deployment",
        &json!({"replicas": replicas, "strategy": strategy, "template": template(image, &json!({}))}),
    )
}

fn daemon_set(image: &str) -> Desired {
    workload("DaemonSet", &json!({"template": template(image, &json!({}))}))
}

/// Ready pods of an object, as its controller names them.
fn pods_of(desired: &Desired, count: usize, labels: &Value) -> Vec<Value> {
    let owner = match desired.object.kind.as_str() {
        "Deployment" => json!({"kind": "ReplicaSet", "name": "front-6d5", "uid": "rs", "controller": true}),
        kind => json!({"kind": kind, "name": "front", "uid": "uid-front", "controller": true}),
    };
    let pod = |n: usize| {
        let mut all = json!({"app": "f", "pod-template-hash": "6d5"});
        all.as_object_mut().unwrap().extend(labels.as_object().unwrap().clone());
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("front-{n}"), "namespace": "n",
            "uid": format!("pod-{n}"), "labels": all, "ownerReferences": [owner]},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})
    };
    (0..count).map(pod).collect()
}

fn running(desired: &Desired, count: usize) -> Live {
    let mut found = applied(desired);
    found["status"] = json!({"replicas": count, "readyReplicas": count, "updatedReplicas": count,
        "desiredNumberScheduled": count, "numberReady": count});
    live([found].into_iter().chain(pods_of(desired, count, &json!({}))))
}

fn effects(plan: &Plan) -> (usize, usize) {
    let all = || plan.resource_changes.iter().flat_map(|change| &change.impact.pods);
    let count = |effect| all().filter(|pod| pod.effect == effect).count();
    (count(PodEffect::Restarts), count(PodEffect::Deleted))
}

#[test]
fn a_new_template_replaces_the_pods() {
    let recreate = json!({"type": "Recreate"});
    let all_away = json!({"rollingUpdate": {"maxUnavailable": "100%"}});
    for (before, after, count, expected) in [
        (deployment(2, "x:1", &recreate), deployment(2, "x:2", &recreate), 2, vec!["outage"]),
        (deployment(2, "x:1", &json!({})), deployment(2, "x:2", &json!({})), 2, vec![]),
        (deployment(1, "x:1", &json!({})), deployment(1, "x:2", &json!({})), 1, vec![]),
        (deployment(2, "x:1", &all_away), deployment(2, "x:2", &all_away), 2, vec!["outage"]),
        (daemon_set("x:1"), daemon_set("x:2"), 3, vec![]),
        (daemon_set("x:1"), daemon_set("x:2"), 1, vec!["outage"]),
    ] {
        let plan = plan(owner(vec![after.clone()]), &running(&before, count));
        assert_eq!((effects(&plan), allowances(&plan)), ((count, 0), expected), "{}", after.value);
        assert_eq!(plan.impact.restarts, count);
        assert!(plan.resource_changes[0].impact.unordered);
    }
}

#[test]
fn what_restarts_nothing_says_nothing_of_pods() {
    let paused = |image: &str| {
        workload("Deployment", &json!({"replicas": 2, "paused": true, "template": template(image, &json!({}))}))
    };
    let on_delete = |image: &str| {
        let strategy = json!({"type": "OnDelete"});
        workload("DaemonSet", &json!({"updateStrategy": strategy, "template": template(image, &json!({}))}))
    };
    for (before, after) in [
        (deployment(2, "x:1", &json!({})), deployment(3, "x:1", &json!({}))),
        (paused("x:1"), paused("x:2")),
        (on_delete("x:1"), on_delete("x:2")),
    ] {
        let plan = plan(owner(vec![after.clone()]), &running(&before, 2));
        assert_eq!((effects(&plan), allowances(&plan).len()), ((0, 0), 0), "{}", after.value);
    }
}

#[test]
fn pods_go_with_replicas_and_with_their_object() {
    let before = deployment(2, "x:1", &json!({}));
    let none = plan(owner(vec![deployment(0, "x:1", &json!({}))]), &running(&before, 2));
    assert_eq!((effects(&none), allowances(&none)), ((0, 2), vec!["outage"]));
    let fewer = plan(owner(vec![deployment(1, "x:1", &json!({}))]), &running(&before, 2));
    assert_eq!((effects(&fewer), allowances(&fewer).len(), fewer.impact.class), ((0, 0), 0, ImpactClass::Rolling));
    assert_eq!(fewer.resource_changes[0].impact.effects, ["1 of 2 pods of front go; Kubernetes chooses which."]);
    let owner = OwnerInput { record: Some(record_of(&[&applied(&before)])), ..owner(vec![]) };
    let removed = plan(owner, &running(&before, 2));
    assert_eq!((effects(&removed), allowances(&removed)), ((0, 2), vec!["outage"]));
}

#[test]
fn an_object_that_is_made_again_takes_its_pods_along() {
    let before = deployment(2, "x:1", &json!({}));
    let mut after = before.clone();
    after.value["spec"]["selector"]["matchLabels"]["more"] = json!("m");
    let plan = plan(owner(vec![after]), &running(&before, 2));
    assert_eq!((effects(&plan), allowances(&plan)), ((2, 0), vec!["outage", "replace"]));
}

#[test]
fn another_image_restarts_a_bare_pod() {
    let pod = |image: &str| {
        let value = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "tool", "namespace": "n"},
            "spec": {"containers": [{"name": "m", "image": image}]}});
        companion(&ObjectRef::of(&value).unwrap(), &value, None)
    };
    let mut found = applied(&pod("x:1"));
    found["status"] = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]});
    let plan = plan(owner(vec![pod("x:2")]), &live([found]));
    assert_eq!((effects(&plan), allowances(&plan)), ((1, 0), vec!["outage"]));
}

#[test]
fn a_set_under_on_delete_keeps_its_pods() {
    let set = |image: &str, strategy: &Value| {
        let spec = json!({"replicas": 1, "serviceName": "s", "updateStrategy": strategy,
            "template": template(image, &json!({}))});
        workload("StatefulSet", &spec)
    };
    let on_delete = json!({"type": "OnDelete"});
    // By the manifest, or because others set it and the manifest says nothing.
    for (wanted, found) in [(on_delete.clone(), on_delete.clone()), (Value::Null, on_delete)] {
        let mut before = applied(&set("x:1", &wanted));
        before["spec"]["updateStrategy"] = found;
        before["status"] = json!({"updateRevision": "old", "replicas": 1});
        let mut after = set("x:2", &wanted);
        if wanted.is_null() {
            after.value["spec"].as_object_mut().unwrap().remove("updateStrategy");
            before["metadata"]["managedFields"] = json!([]);
            before = {
                let mut one = applied(&after);
                one["spec"] = before["spec"].clone();
                one["status"] = before["status"].clone();
                one
            };
        }
        let pods = pods_of(&set("x:1", &Value::Null), 1, &json!({"controller-revision-hash": "old"}));
        let plan = plan(owner(vec![after]), &live([before].into_iter().chain(pods)));
        assert_eq!((effects(&plan), plan.resource_changes[0].impact.left_outdated.len()), ((0, 0), 1));
        assert_eq!(note_ids(&plan), ["pods-outdated"]);
    }
}

#[test]
fn pods_that_cannot_be_listed_are_counted_by_their_status() {
    let before = deployment(2, "x:1", &json!({"type": "Recreate"}));
    let mut found = applied(&before);
    found["status"] = json!({"replicas": 2, "readyReplicas": 2, "updatedReplicas": 2});
    let mut live = live([found]);
    live.refuse(Read::list("v1", "Pod", "n"), "forbidden");
    let plan = plan(owner(vec![deployment(2, "x:2", &json!({"type": "Recreate"}))]), &live);
    assert_eq!((allowances(&plan), plan.impact.class), (vec!["outage"], ImpactClass::Outage));
}

fn service(selector: &Value) -> Desired {
    let value = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "door", "namespace": "n"},
        "spec": {"selector": selector, "ports": [{"port": 80}]}});
    desired(Stage::Services, Component::Companion, value)
}

#[test]
fn a_service_that_selects_other_pods_may_lose_all() {
    let front = deployment(2, "x:1", &json!({}));
    for (selector, lost) in
        [(json!({"app": "g"}), true), (json!({"app": "f", "tier": "web"}), true), (json!({}), false)]
    {
        let before = service(&json!({"app": "f"}));
        let objects = [applied(&before), applied(&front)].into_iter().chain(pods_of(&front, 2, &json!({})));
        let plan = plan(owner(vec![service(&selector), front.clone()]), &live(objects));
        let told = change(&plan, "Service/n/door").impact.unavailable.len();
        assert_eq!((told == 1, plan.impact.class == ImpactClass::Outage), (lost, lost), "{selector}");
    }
}

#[test]
fn pods_that_come_back_with_other_labels_are_lost_to_their_services() {
    let of = |tier: &str| {
        workload("Deployment", &json!({"replicas": 2, "template": template("x:1", &json!({"tier": tier}))}))
    };
    let door = service(&json!({"tier": "web"}));
    let objects =
        || [applied(&door), applied(&of("web"))].into_iter().chain(pods_of(&of("web"), 2, &json!({"tier": "web"})));
    let plan_of = |door: Desired| plan(owner(vec![door, of("app")]), &live(objects()));
    let alone = plan_of(door.clone());
    let services = &change(&alone, "Deployment/n/front").impact.services;
    assert_eq!(services.iter().map(|service| service.until).collect::<Vec<_>>(), [ServiceUntil::Gone]);
    // The Service follows.
    let both = plan_of(service(&json!({"tier": "app"})));
    assert!(change(&both, "Deployment/n/front").impact.services.is_empty());
    assert!(change(&both, "Service/n/door").impact.unavailable.is_empty());
}
