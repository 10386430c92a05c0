//! Restarts, roles, volumes.

use iriskit_state::plan::{ActionReason, Component, ImpactClass, PauseBefore, PodEffect, RuleId, Step, Verb};
use serde_json::json;

use super::scene::*;
use crate::{
    expand::{Desired, Rolling},
    plan::{changes::examine::OwnerInput, impact::revisions::revisions_in_use, live::Live},
};

fn pods(plan: &iriskit_state::plan::Plan) -> Vec<(String, Option<String>)> {
    change(plan, "StatefulSet/n/c-data-0")
        .impact
        .pods
        .iter()
        .map(|pod| (pod.pod.clone(), pod.role.map(|role| role.as_str().to_owned())))
        .collect()
}

#[test]
fn a_new_image_restarts_the_backup_first_wherever_the_primary_is() {
    for (first, second, order) in [("primary", "backup", [1, 0, 1]), ("backup", "primary", [0, 1, 0])] {
        let live =
            live([applied(&pair("i:2024.1")), pod(0, "new", Some(first), true), pod(1, "new", Some(second), true)]);
        let plan = plan(owner(vec![pair("i:2024.1.1")]), &live);
        let order = order.map(|ordinal| format!("c-data-0-{ordinal}"));
        assert_eq!(pods(&plan).into_iter().map(|pod| pod.0).collect::<Vec<_>>(), order);
        assert_eq!(allowances(&plan), ["restart-primary"]);
        let change = change(&plan, "StatefulSet/n/c-data-0");
        assert!(matches!(
            change.steps.as_slice(),
            [
                Step::Update { .. },
                Step::RollByRole { blind: false, both_primary: true, pause_before: None, .. },
                Step::WaitReady
            ]
        ));
        assert_eq!((plan.impact.restarts, plan.impact.primary_moves), (3, 2));
        let rules: Vec<_> = change.impact.pods.iter().filter_map(|pod| pod.rule).collect();
        assert_eq!(rules, [RuleId::BackupFirst, RuleId::PrimaryLast, RuleId::BothPrimary]);
        assert_eq!(
            change.impact.rules,
            [&rules[..], &[RuleId::PlannedFailover, RuleId::ReleaseSame, RuleId::UpgradeOneWay]].concat()
        );
        assert!(change.impact.irreversible.is_some());
    }
}

#[test]
fn a_member_that_is_made_first_takes_its_turn_as_primary() {
    // Somebody scaled the pair down.
    let mut half = applied(&pair("i:2024.1"));
    half["spec"]["replicas"] = json!(1);
    let plan = plan(owner(vec![pair("i:2024.1.1")]), &live([half, pod(0, "new", Some("primary"), true)]));
    let change = change(&plan, "StatefulSet/n/c-data-0");
    let course: Vec<_> = change.impact.pods.iter().map(|pod| (pod.pod.as_str(), pod.effect)).collect();
    let (made, restarts) = (PodEffect::Created, PodEffect::Restarts);
    assert_eq!(course, [("c-data-0-1", made), ("c-data-0-0", restarts), ("c-data-0-1", restarts)]);
    assert_eq!(plan.impact.primary_moves, 2);
}

/// The same pair with another variable in its pods.
fn with_variable(value: &str) -> crate::expand::Desired {
    let mut set = pair("i:2024.1");
    set.value["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "A", "value": value}]);
    set
}

#[test]
fn anything_else_than_a_new_version_moves_the_primary_once() {
    let live =
        live([applied(&with_variable("1")), pod(0, "new", Some("primary"), true), pod(1, "new", Some("backup"), true)]);
    let plan = plan(owner(vec![with_variable("2")]), &live);
    assert_eq!((plan.impact.restarts, plan.impact.primary_moves), (2, 1));
    let change = change(&plan, "StatefulSet/n/c-data-0");
    assert!(matches!(change.steps.as_slice(), [_, Step::RollByRole { both_primary: false, .. }, _]));
    assert!(change.impact.irreversible.is_none());
}

#[test]
fn a_roll_that_was_cut_off_knows_by_its_pods_that_the_version_is_new() {
    let mut old = pod(0, "old", Some("primary"), true);
    old["spec"]["containers"] = json!([{"name": "iris", "image": "i:2024.0"}]);
    let live = live([applied(&pair("i:2024.1")), old, pod(1, "new", Some("backup"), true)]);
    let plan = plan(owner(vec![pair("i:2024.1")]), &live);
    let names: Vec<_> = pods(&plan).into_iter().map(|pod| pod.0).collect();
    assert_eq!(names, ["c-data-0-0", "c-data-0-1"]);
    assert_eq!(plan.impact.primary_moves, 2);
    assert!(change(&plan, "StatefulSet/n/c-data-0").impact.irreversible.is_some());
}

/// Once all members are new their pods don't tell who has been primary: the record does.
#[test]
fn an_upgrade_that_was_cut_off_before_its_last_fail_over_is_planned_again() {
    let set = pair("i:2024.1");
    let all_new =
        |first, second| live([applied(&set), pod(0, "new", Some(first), true), pod(1, "new", Some(second), true)]);
    let of = |image: &str, been: &[&str], rolling| {
        let mut record = record_of(&[]);
        record.upgrades.push(iriskit_state::record::Upgrade {
            set: "c-data-0".into(),
            image: image.into(),
            was_primary: been.iter().map(|name| (*name).to_owned()).collect(),
            since: "2026-01-01T00:00:00Z".into(),
        });
        OwnerInput { record: Some(record), ..owner(vec![Desired { rolling, ..set.clone() }]) }
    };
    let left = plan(of("i:2024.1", &[], Rolling::ByRole), &all_new("backup", "primary"));
    assert_eq!(pods(&left), [("c-data-0-1".to_owned(), Some("primary".to_owned()))]);
    let entry = change(&left, "StatefulSet/n/c-data-0");
    assert_eq!(entry.action_reason, Some(ActionReason::UpgradeUnfinished));
    assert_eq!((left.impact.primary_moves, allowances(&left)), (1, vec!["restart-primary"]));
    let [Step::RollByRole { both_primary: true, was_primary, pause_before: None, .. }, Step::WaitReady] =
        entry.steps.as_slice()
    else {
        panic!("{:?}", entry.steps)
    };
    assert!(was_primary.is_empty());
    // With one that has been, the other one that is: nothing is left. And nothing of another version counts.
    for (image, been, first, second) in
        [("i:2024.1", &["c-data-0-1"][..], "primary", "backup"), ("i:2023.9", &[], "primary", "backup")]
    {
        let plan = plan(of(image, been, Rolling::ByRole), &all_new(first, second));
        assert!(!plan.summary.changes() && plan.notes.is_empty(), "{image} {been:?}: {:?}", plan.notes);
    }
    // The one that has been is primary once more.
    let again = plan(of("i:2024.1", &["c-data-0-1"], Rolling::ByRole), &all_new("backup", "primary"));
    assert_eq!(pods(&again), [("c-data-0-1".to_owned(), Some("primary".to_owned()))]);
    // Before the primary nothing is left to do, and the plan says what is.
    let paused = plan(of("i:2024.1", &[], Rolling::UpToPrimary), &all_new("backup", "primary"));
    assert_eq!((paused.summary.changes(), note_ids(&paused)), (false, vec!["upgrade-unfinished"]));
    // A further change of the pods goes with it.
    let mut further = with_variable("1");
    further.rolling = Rolling::ByRole;
    let both = plan(
        OwnerInput { desired: vec![further], ..of("i:2024.1", &["c-data-0-1"], Rolling::ByRole) },
        &all_new("backup", "primary"),
    );
    assert_eq!(pods(&both).into_iter().map(|pod| pod.0).collect::<Vec<_>>(), ["c-data-0-0", "c-data-0-1"]);
}

#[test]
fn a_pause_leaves_the_primary_and_needs_no_allowance() {
    let mut wanted = pair("i:2024.1.1");
    wanted.rolling = Rolling::UpToPrimary;
    let both = [pod(0, "new", Some("primary"), true), pod(1, "new", Some("backup"), true)];
    let first = plan(owner(vec![wanted.clone()]), &live(both.into_iter().chain([applied(&pair("i:2024.1"))])));
    assert_eq!(pods(&first), [("c-data-0-1".to_owned(), Some("backup".to_owned()))]);
    assert_eq!((first.impact.primary_moves, allowances(&first), note_ids(&first)), (0, vec![], vec!["pods-outdated"]));
    assert!(matches!(
        change(&first, "StatefulSet/n/c-data-0").steps.as_slice(),
        [_, Step::RollByRole { both_primary: false, pause_before: Some(PauseBefore::Primary), .. }, Step::WaitReady]
    ));
    // Only the primary is left: there is nothing to do up to it.
    let half = [pod(0, "old", Some("primary"), true), pod(1, "new", Some("backup"), true)];
    let second = plan(owner(vec![wanted.clone()]), &live(half.into_iter().chain([applied(&wanted)])));
    assert!(!second.summary.changes());
    assert_eq!(note_ids(&second), ["pods-outdated"]);
}

#[test]
fn members_that_do_not_report_need_their_own_allowance() {
    let live = live([applied(&pair("i:2024.1")), pod(0, "new", None, false), pod(1, "new", None, false)]);
    let plan = plan(owner(vec![pair("i:2024.1.1")]), &live);
    assert_eq!(allowances(&plan), ["restart-primary", "roll-blind"]);
}

#[test]
fn a_roll_that_was_cut_off_is_planned_again() {
    let live =
        live([applied(&pair("i:2024.1")), pod(0, "old", Some("primary"), true), pod(1, "new", Some("backup"), true)]);
    let plan = plan(owner(vec![pair("i:2024.1")]), &live);
    let change = change(&plan, "StatefulSet/n/c-data-0");
    assert_eq!(change.change.actions, [Verb::Update]);
    assert_eq!(change.action_reason, Some(ActionReason::PodsOutdated));
    assert_eq!(change.change.before, change.change.after);
    assert_eq!(pods(&plan), [("c-data-0-0".to_owned(), Some("primary".to_owned()))]);
    assert_eq!(plan.impact.primary_moves, 1);
    assert!(matches!(change.steps.as_slice(), [Step::RollByRole { blind: false, .. }, Step::WaitReady]));
}

#[test]
fn a_manifests_own_on_delete_is_only_reported() {
    let mut wanted = pair("i:2024.1");
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
    let plan = plan(owner(vec![pair("i:2024.1")]), &live([claim(0), claim(1)]));
    assert_eq!(allowances(&plan), ["reuse-data"]);
    assert_eq!(plan.impact.class, ImpactClass::Data);
    assert_eq!(plan.impact.volumes_reused, 2);
    assert!(plan.allowances[0].reasons[0].contains("2025-05-05"));
}

#[test]
fn fewer_replicas_delete_the_highest_pods_and_keep_their_volumes() {
    let sized = |replicas: u32| {
        let mut set = pair("i:2024.1");
        set.rolling = Rolling::Kubernetes;
        set.value["spec"]["replicas"] = json!(replicas);
        set
    };
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "iris-data-c-data-0-1", "namespace": "n"}, "spec": {}});
    let live = live([applied(&sized(2)), pod(0, "new", None, false), pod(1, "new", None, false), claim]);
    let plan = plan(owner(vec![sized(1)]), &live);
    let change = change(&plan, "StatefulSet/n/c-data-0");
    let gone: Vec<_> = change.impact.pods.iter().map(|pod| (pod.pod.as_str(), pod.effect)).collect();
    assert_eq!(gone, [("c-data-0-1", PodEffect::Deleted)]);
    assert_eq!(plan.impact.volumes_staying, 1);
}

#[test]
fn another_first_ordinal_makes_the_new_pods_and_takes_the_old_ones_with_their_volumes() {
    let with = |start: u32, replicas: u32, policy: &str| {
        let mut set = pair("i:2024.1");
        (set.rolling, set.component) = (Rolling::Kubernetes, Component::Cluster);
        set.value["spec"]["replicas"] = json!(replicas);
        set.value["spec"]["ordinals"] = json!({"start": start});
        set.value["spec"]["persistentVolumeClaimRetentionPolicy"] = json!({"whenScaled": policy});
        set
    };
    let claim = |ordinal: u32| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": format!("iris-data-c-data-0-{ordinal}"), "namespace": "n"}, "spec": {}})
    };
    let made = ["c-data-0-1 created", "c-data-0-2 created"];
    let all = |parts: &[&[&'static str]]| parts.concat();
    for ((start, replicas), policy, pods, allowed) in [
        (
            (2, 2),
            "Delete",
            all(&[&["c-data-0-2 created", "c-data-0-3 created"], &["c-data-0-1 deleted", "c-data-0-0 deleted"]]),
            "delete-data",
        ),
        (
            (2, 2),
            "Retain",
            all(&[&["c-data-0-2 created", "c-data-0-3 created"], &["c-data-0-1 deleted", "c-data-0-0 deleted"]]),
            "",
        ),
        ((1, 2), "Delete", all(&[&made[1..], &["c-data-0-0 deleted"]]), "delete-data"),
        ((0, 3), "Delete", all(&[&made[1..]]), ""),
    ] {
        let live = live([
            applied(&with(0, 2, policy)),
            pod(0, "new", None, false),
            pod(1, "new", None, false),
            claim(0),
            claim(1),
        ]);
        let plan = plan(owner(vec![with(start, replicas, policy)]), &live);
        let change = change(&plan, "StatefulSet/n/c-data-0");
        let word = |effect| if effect == PodEffect::Created { "created" } else { "deleted" };
        let told: Vec<_> = change.impact.pods.iter().map(|pod| format!("{} {}", pod.pod, word(pod.effect))).collect();
        assert_eq!(told, pods);
        assert_eq!(allowances(&plan).join(","), allowed, "{start} {replicas} {policy}");
    }
}

#[test]
fn a_set_that_begins_elsewhere_is_made_there() {
    let mut set = pair("i:2024.1");
    set.value["spec"]["ordinals"] = json!({"start": 5});
    let plan = plan(owner(vec![set]), &live([]));
    let pods: Vec<_> = change(&plan, "StatefulSet/n/c-data-0").impact.pods.iter().map(|pod| pod.pod.clone()).collect();
    assert_eq!(pods, ["c-data-0-5", "c-data-0-6"]);
}

#[test]
fn a_template_that_comes_back_to_what_pods_run_restarts_none_of_them() {
    // Somebody changed the template; under OnDelete the pods did not take it up.
    let mut drifted = applied(&pair("i:2024.1.1"));
    drifted["spec"]["template"]["spec"]["containers"][0]["image"] = json!("i:2024.1");
    let template = applied(&pair("i:2024.1.1"))["spec"]["template"].clone();
    let mut data = json!({"spec": {"template": template}});
    data["spec"]["template"]["$patch"] = json!("replace");
    let revision = json!({"apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {"name": "old", "namespace": "n"}, "data": data, "revision": 1});
    let pods = [pod(0, "old", Some("primary"), true), pod(1, "old", Some("backup"), true)];
    let objects = [drifted, pods[0].clone(), pods[1].clone()];
    let without = live(objects.clone());
    assert_eq!(revisions_in_use(["n"], &without).len(), 1);
    let restarting = |live: &Live| {
        let plan = plan(owner(vec![pair("i:2024.1.1")]), live);
        change(&plan, "StatefulSet/n/c-data-0").impact.pods.len()
    };
    assert!(restarting(&without) >= 2, "nobody knows what they run");
    let [set, first, second] = objects;
    assert_eq!(restarting(&live([set, first, second, revision])), 0);
}

/// A member that was just restarted has a labeler, which has not spoken yet: it is waited for.
#[test]
fn a_member_that_has_not_reported_yet_is_no_reason_for_a_blind_roll() {
    let with_labeler = |mut pod: serde_json::Value| {
        pod["spec"]["initContainers"] = json!([{"name": "mirror-labeler"}]);
        pod
    };
    let labelled = |image: &str| {
        let mut set = pair(image);
        set.value["spec"]["template"]["spec"]["initContainers"] = json!([{"name": "mirror-labeler", "image": "l:1"}]);
        set
    };
    for (primary, second) in [(Some("primary"), "new"), (Some("primary"), "old"), (None, "new")] {
        let restarts_first = second == "old";
        let (first, second) = (pod(0, "old", primary, primary.is_some()), pod(1, second, None, false));
        let live = live([applied(&labelled("i:2024.1")), with_labeler(first), with_labeler(second)]);
        let plan = plan(owner(vec![labelled("i:2024.1")]), &live);
        let steps = &change(&plan, "StatefulSet/n/c-data-0").steps;
        assert!(matches!(steps.as_slice(), [Step::RollByRole { blind: false, .. }, Step::WaitReady]), "{steps:?}");
        assert!(!allowances(&plan).contains(&"roll-blind"), "{:?}", plan.allowances);
        // One that is outdated itself restarts first, whatever it would say.
        let waits: &[&str] = if restarts_first { &[] } else { &["mirror-not-whole"] };
        assert_eq!(note_ids(&plan), waits);
    }
}
