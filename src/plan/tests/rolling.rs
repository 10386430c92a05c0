//! Restarts, roles, volumes.

use iriskit_state::plan::{ImpactClass, PodEffect, Step, Verb};
use serde_json::json;

use super::scene::*;
use crate::expand::Rolling;

fn pods(plan: &iriskit_state::plan::Plan) -> Vec<(String, Option<String>)> {
    change(plan, "StatefulSet/n/c-data-0").impact.pods.iter().map(|pod| (pod.pod.clone(), pod.role.clone())).collect()
}

#[test]
fn a_new_image_restarts_the_backup_first_wherever_the_primary_is() {
    for (first, second, order) in
        [("primary", "backup", ["c-data-0-1", "c-data-0-0"]), ("backup", "primary", ["c-data-0-0", "c-data-0-1"])]
    {
        let live = live([applied(&pair("i:1")), pod(0, "new", Some(first), true), pod(1, "new", Some(second), true)]);
        let plan = plan(owner(vec![pair("i:2")]), &live);
        assert_eq!(pods(&plan).into_iter().map(|pod| pod.0).collect::<Vec<_>>(), order);
        assert_eq!(allowances(&plan), ["restart-primary"]);
        let change = change(&plan, "StatefulSet/n/c-data-0");
        assert!(matches!(
            change.steps.as_slice(),
            [Step::Update { .. }, Step::RollByRole { blind: false }, Step::WaitReady]
        ));
        assert_eq!((plan.impact.restarts, plan.impact.primary_moves), (2, 1));
        assert!(change.impact.irreversible.is_some());
    }
}

#[test]
fn members_that_do_not_report_need_their_own_allowance() {
    let live = live([applied(&pair("i:1")), pod(0, "new", None, false), pod(1, "new", None, false)]);
    let plan = plan(owner(vec![pair("i:2")]), &live);
    assert_eq!(allowances(&plan), ["restart-primary", "roll-blind"]);
}

#[test]
fn a_roll_that_was_cut_off_is_planned_again() {
    let live = live([applied(&pair("i:1")), pod(0, "old", Some("primary"), true), pod(1, "new", Some("backup"), true)]);
    let plan = plan(owner(vec![pair("i:1")]), &live);
    let change = change(&plan, "StatefulSet/n/c-data-0");
    assert_eq!(change.change.actions, [Verb::Update]);
    assert_eq!(change.action_reason.as_deref(), Some("pods_outdated"));
    assert_eq!(change.change.before, change.change.after);
    assert_eq!(pods(&plan), [("c-data-0-0".to_owned(), Some("primary".to_owned()))]);
    assert!(matches!(change.steps.as_slice(), [Step::RollByRole { blind: false }, Step::WaitReady]));
}

#[test]
fn a_manifests_own_on_delete_is_only_reported() {
    let mut wanted = pair("i:1");
    wanted.rolling = Rolling::ReportOnly;
    let live = live([applied(&wanted), pod(0, "old", Some("primary"), true)]);
    let plan = plan(owner(vec![wanted]), &live);
    assert!(!plan.summary.changes());
    assert_eq!(note_ids(&plan), ["pods-outdated"]);
}

#[test]
fn old_volumes_come_back_only_with_an_allowance() {
    let claim = |n: u32| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": format!("iris-data-c-data-0-{n}"),
            "namespace": "n", "creationTimestamp": "2025-05-05T00:00:00Z"}, "spec": {"resources": {"requests": {"storage": "5Gi"}}}})
    };
    let plan = plan(owner(vec![pair("i:1")]), &live([claim(0), claim(1)]));
    assert_eq!(allowances(&plan), ["reuse-data"]);
    assert_eq!(plan.impact.class, ImpactClass::Data);
    assert_eq!(plan.impact.volumes_reused, 2);
    assert!(plan.allowances[0].reasons[0].contains("2025-05-05"));
}

#[test]
fn fewer_replicas_delete_the_highest_pods_and_keep_their_volumes() {
    let sized = |replicas: u32| {
        let mut set = pair("i:1");
        set.rolling = Rolling::Kubernetes;
        set.value["spec"]["replicas"] = json!(replicas);
        set
    };
    let live = live([applied(&sized(2)), pod(0, "new", None, false), pod(1, "new", None, false)]);
    let plan = plan(owner(vec![sized(1)]), &live);
    let change = change(&plan, "StatefulSet/n/c-data-0");
    let gone: Vec<_> = change.impact.pods.iter().map(|pod| (pod.pod.as_str(), pod.effect)).collect();
    assert_eq!(gone, [("c-data-0-1", PodEffect::Deleted)]);
    assert_eq!(plan.impact.volumes_staying, 1);
}

#[test]
fn an_immutable_field_stops_the_plan_and_is_named() {
    let mut wanted = pair("i:1");
    wanted.value["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = json!("9Gi");
    let plan = plan(owner(vec![wanted]), &live([applied(&pair("i:1"))]));
    assert_eq!(note_ids(&plan), ["immutable"]);
    assert!(plan.notes[0].message.contains("spec.volumeClaimTemplates"), "{}", plan.notes[0].message);
}
