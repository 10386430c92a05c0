//! Who is away and until when: outages, Services without endpoints, images.

use iriskit_state::plan::{Component, ImpactClass, Plan, ReleaseChange, RuleId, ServiceUntil, Severity, Stage};
use serde_json::{Value, json};

use super::scene::*;
use crate::expand::{Desired, Rolling};

const SET: &str = "StatefulSet/n/c-data-0";

/// An unmirrored set of some replicas, rolled by Kubernetes.
fn set(component: Component, image: &str, replicas: u32) -> Desired {
    let mut set = pair(image);
    (set.component, set.rolling, set.mirrored) = (component, Rolling::Kubernetes, false);
    set.value["spec"]["replicas"] = json!(replicas);
    set
}

fn data(image: &str) -> Desired {
    set(Component::Data, image, 1)
}

fn running(ordinal: u32, image: &str) -> Value {
    let mut pod = pod(ordinal, "new", None, false);
    pod["spec"]["containers"] = json!([{"name": "iris", "image": image}]);
    pod
}

fn unready(mut pod: Value) -> Value {
    pod["status"]["conditions"][0]["status"] = json!("False");
    pod
}

/// A pod whose image could not be pulled.
fn never_ran(ordinal: u32, image: &str) -> Value {
    let mut pod = unready(running(ordinal, image));
    pod["status"]["phase"] = json!("Pending");
    pod["status"]["containerStatuses"] = json!([{"name": "iris", "restartCount": 0,
        "state": {"waiting": {"reason": "ImagePullBackOff"}}}]);
    pod
}

fn service(selector: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "users", "namespace": "n"}, "spec": {"selector": selector}})
}

fn services(plan: &Plan) -> Vec<(&str, &str, ServiceUntil)> {
    let found = change(plan, SET).impact.services.iter();
    found.map(|one| (one.service.as_str(), one.pod.as_str(), one.until)).collect()
}

#[test]
fn the_only_ready_pod_restarts_only_when_an_outage_is_allowed() {
    let two = || [running(0, "i:2024.1"), running(1, "i:2024.1")];
    let [first, second] = two();
    // One of the two is broken: from the highest on, it matters which.
    let cases: [(Vec<Value>, Component, &[&str], ImpactClass); 6] = [
        (vec![first.clone()], Component::Data, &["outage"], ImpactClass::Outage),
        (vec![first.clone()], Component::Arbiter, &[], ImpactClass::Rolling),
        (vec![unready(first.clone())], Component::Data, &[], ImpactClass::Rolling),
        (two().to_vec(), Component::Compute, &[], ImpactClass::Rolling),
        (vec![first.clone(), unready(second.clone())], Component::Compute, &[], ImpactClass::Rolling),
        // That one is mended before the other one restarts.
        (vec![unready(first), second], Component::Compute, &[], ImpactClass::Rolling),
    ];
    for (pods, component, allowed, class) in cases {
        let count = u32::try_from(pods.len()).unwrap();
        let old = set(component, "i:2024.1", count);
        let live = live(pods.into_iter().chain([applied(&old)]));
        let plan = plan(owner(vec![set(component, "i:2024.1.1", count)]), &live);
        assert_eq!(allowances(&plan), allowed);
        assert_eq!(change(&plan, SET).impact.class, class);
    }
}

#[test]
fn taking_all_pods_away_is_an_outage() {
    let live = live([applied(&data("i:2024.1")), running(0, "i:2024.1"), service(&json!({"a": "b"}))]);
    let plan = plan(owner(vec![set(Component::Data, "i:2024.1", 0)]), &live);
    assert_eq!(allowances(&plan), ["outage"]);
    assert_eq!(services(&plan), [("Service/n/users", "c-data-0-0", ServiceUntil::Gone)]);
}

#[test]
fn services_lose_their_endpoints_until_somebody_is_back() {
    let plan_with = |selector: Value, pods: Vec<Value>, old: Desired, new: Desired| {
        plan(owner(vec![new]), &live(pods.into_iter().chain([applied(&old), service(&selector)])))
    };
    let users = "Service/n/users";
    let one = plan_with(json!({"a": "b"}), vec![running(0, "i:2024.1")], data("i:2024.1"), data("i:2024.1.1"));
    assert_eq!(services(&one), [(users, "c-data-0-0", ServiceUntil::PodReady)]);
    let two = |image: &str| set(Component::Compute, image, 2);
    let pods = vec![running(0, "i:2024.1"), running(1, "i:2024.1")];
    let both = plan_with(json!({"a": "b"}), pods, two("i:2024.1"), two("i:2024.1.1"));
    assert_eq!(services(&both), []);

    let members = || vec![pod(0, "new", Some("primary"), true), pod(1, "new", Some("backup"), true)];
    let role = |role: &str| json!({"a": "b", "intersystems.com/mirrorRole": role});
    let primary = plan_with(role("primary"), members(), pair("i:2024.1"), pair("i:2024.1.1"));
    // The second fail-over is there because both members have to have been primary in the new version.
    let twice = [(users, "c-data-0-0", ServiceUntil::FailOver), (users, "c-data-0-1", ServiceUntil::FailOver)];
    assert_eq!(services(&primary), twice);
    assert_eq!(allowances(&primary), ["restart-primary"]);
    let backup = plan_with(role("backup"), members(), pair("i:2024.1"), pair("i:2024.1.1"));
    assert_eq!(
        services(&backup),
        ["c-data-0-1", "c-data-0-0", "c-data-0-1"].map(|pod| (users, pod, ServiceUntil::PodReady))
    );
    let anybody = plan_with(json!({"a": "b"}), members(), pair("i:2024.1"), pair("i:2024.1.1"));
    assert_eq!(services(&anybody), []);
}

fn release(plan: &Plan) -> Option<ReleaseChange> {
    change(plan, SET).impact.images.first().map(|image| image.change)
}

#[test]
fn a_new_image_needs_what_its_release_asks_for() {
    for (from, to, meant, allowed) in [
        ("i:2024.1", "i:2024.1.1", ReleaseChange::SameRelease, &["outage"][..]),
        ("i:2024.1", "i:2025.1", ReleaseChange::MajorRelease, &["major-upgrade", "outage"]),
        ("i:2024.1", "i:latest-em", ReleaseChange::Unknown, &["major-upgrade", "outage"]),
        ("i:2025.1", "i:2024.1", ReleaseChange::Downgrade, &["outage"]),
    ] {
        let plan = plan(owner(vec![data(to)]), &live([applied(&data(from)), running(0, from)]));
        assert_eq!((release(&plan), allowances(&plan).as_slice()), (Some(meant), allowed), "{from} → {to}");
        let refused = plan.notes.iter().find(|note| note.severity == Severity::Error);
        assert_eq!(
            refused.map(|note| note.id.as_str()),
            (meant == ReleaseChange::Downgrade).then_some("image-downgrade")
        );
        if let Some(note) = refused {
            assert!(note.message.contains("2025.1") && note.message.contains("2024.1"), "{}", note.message);
        }
    }
}

#[test]
fn what_pods_run_counts_not_what_their_set_says() {
    // A roll that was cut off: the set is new, the pod is not.
    let mut old = running(0, "i:2024.1");
    old["metadata"]["labels"]["controller-revision-hash"] = json!("old");
    let cut = plan(owner(vec![data("i:2025.1")]), &live([applied(&data("i:2025.1")), old]));
    assert_eq!((release(&cut), allowances(&cut)), (Some(ReleaseChange::MajorRelease), vec!["major-upgrade", "outage"]));
    // Setting an image back that nobody could pull is no downgrade, but nobody knows what wrote the volumes.
    let mut set = applied(&data("i:2025.1"));
    set["status"]["currentRevision"] = json!("old");
    let back = plan(owner(vec![data("i:2024.1")]), &live([set, never_ran(0, "i:2025.1")]));
    assert_eq!((release(&back), allowances(&back)), (Some(ReleaseChange::Unknown), vec!["major-upgrade"]));
    assert_eq!(note_ids(&back), Vec::<&str>::new());
}

#[test]
fn the_first_image_may_be_corrected_before_it_ever_ran() {
    let mut set = applied(&data("i:2034.1"));
    set["status"]["currentRevision"] = json!("new");
    let plan = plan(owner(vec![data("i:2024.1")]), &live([set, never_ran(0, "i:2034.1")]));
    assert_eq!((release(&plan), allowances(&plan)), (None, Vec::<&str>::new()));
}

#[test]
fn other_components_have_no_release_of_iris() {
    let gateway =
        |image: &str| Desired { stage: Stage::WebGateway, holds_data: false, ..set(Component::WebGateway, image, 2) };
    let pods = [running(0, "i:2024.1"), running(1, "i:2024.1")];
    let live = live(pods.into_iter().chain([applied(&gateway("i:2024.1"))]));
    let plan = plan(owner(vec![gateway("i:2025.1")]), &live);
    assert_eq!((release(&plan), allowances(&plan)), (None, Vec::<&str>::new()));
}

/// The roll to a new release stopped at the first pod, or never began: what never ran is nothing to come back from.
#[test]
fn an_image_that_never_ran_is_set_back_without_a_word_of_releases() {
    let old = |set: &Desired| {
        let mut revision = json!({"apiVersion": "apps/v1", "kind": "ControllerRevision",
            "metadata": {"name": "old", "namespace": "n"}, "data": {"spec": {"template": {"$patch": "replace"}}}});
        revision["data"]["spec"]["template"] = set.value["spec"]["template"].clone();
        revision
    };
    let outdated = |ordinal: u32, image: &str, role: &str| {
        let mut pod = super::scene::pod(ordinal, "old", Some(role), true);
        pod["spec"]["containers"] = json!([{"name": "iris", "image": image}]);
        pod
    };
    let stuck = {
        let mut pod = never_ran(1, "i:2025.1");
        pod["metadata"]["annotations"] = json!({"iriskit/mirror-status": "{}"});
        pod
    };
    let cases = [
        ("it failed at the first pod", vec![outdated(0, "i:2024.1", "primary"), stuck.clone()], "i:2024.1"),
        ("it never began", vec![outdated(0, "i:2024.1", "primary"), outdated(1, "i:2024.1", "backup")], "i:2024.1"),
        ("on to what works", vec![outdated(0, "i:2024.1", "primary"), stuck], "i:2024.1.1"),
    ];
    for (case, pods, wanted) in cases {
        let mut set = applied(&pair("i:2025.1"));
        set["status"]["currentRevision"] = json!("old");
        let plan = plan(owner(vec![pair(wanted)]), &live(pods.into_iter().chain([set, old(&pair("i:2024.1"))])));
        assert!(plan.notes.iter().all(|note| note.severity != Severity::Error), "{case}: {:?}", plan.notes);
        assert!(!allowances(&plan).contains(&"major-upgrade"), "{case}: {:?}", plan.allowances);
        let images = &change(&plan, SET).impact.images;
        assert!(images.iter().all(|image| image.change == ReleaseChange::SameRelease), "{case}: {images:?}");
    }
    // What ran counts as before: from the new release there is no way back.
    let mut ran = running(1, "i:2025.1");
    ran["metadata"]["labels"]["intersystems.com/mirrorRole"] = json!("backup");
    let set = applied(&pair("i:2025.1"));
    let back = plan(
        owner(vec![pair("i:2024.1")]),
        &live([outdated(0, "i:2024.1", "primary"), ran, set, old(&pair("i:2024.1"))]),
    );
    assert!(note_ids(&back).contains(&"image-downgrade"), "{:?}", back.notes);
}

/// What others set on the set limits what Kubernetes does with it.
#[test]
fn a_partition_keeps_pods_back_and_max_unavailable_takes_several_at_once() {
    let limited = |limits: &Value, image: &str| {
        let mut live = applied(&set(Component::Compute, image, 3));
        live["spec"]["updateStrategy"] = json!({"type": "RollingUpdate", "rollingUpdate": limits});
        live
    };
    let wanted = |image: &str| {
        let mut set = set(Component::Compute, image, 3);
        set.value["spec"]["updateStrategy"] = json!({"type": "RollingUpdate"});
        set
    };
    let pods = || (0..3).map(|ordinal| running(ordinal, "i:2024.1"));
    let restarts =
        |plan: &Plan| -> Vec<String> { change(plan, SET).impact.pods.iter().map(|pod| pod.pod.clone()).collect() };
    let two =
        plan(owner(vec![wanted("i:2024.1.1")]), &live(pods().chain([limited(&json!({"partition": 2}), "i:2024.1")])));
    assert_eq!((restarts(&two), note_ids(&two)), (vec!["c-data-0-2".to_owned()], vec!["pods-outdated"]));
    assert!(change(&two, SET).impact.rules.contains(&RuleId::StatefulSetPartition));
    let none =
        plan(owner(vec![wanted("i:2025.1")]), &live(pods().chain([limited(&json!({"partition": 3}), "i:2024.1")])));
    assert!(restarts(&none).is_empty() && allowances(&none).is_empty(), "{:?}", none.allowances);
    let at_once = plan(
        owner(vec![wanted("i:2024.1.1")]),
        &live(pods().chain([limited(&json!({"maxUnavailable": "100%"}), "i:2024.1")])),
    );
    let told = change(&at_once, SET);
    assert_eq!((restarts(&at_once).len(), told.impact.class), (3, ImpactClass::Outage));
    assert_eq!(allowances(&at_once), ["outage"]);
    assert!(told.impact.effects.iter().any(|text| text.starts_with("Up to 3 pods of c-data-0 restart at a time")));
    // Pods below the partition are no change of the next plan.
    let set_now = {
        let mut set = applied(&wanted("i:2024.1"));
        set["spec"]["updateStrategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}});
        set
    };
    let mut left = pods().map(|mut pod| {
        pod["metadata"]["labels"]["controller-revision-hash"] = json!("old");
        pod
    });
    let old = [left.next().unwrap(), left.next().unwrap()];
    let after = plan(owner(vec![wanted("i:2024.1")]), &live(old.into_iter().chain([running(2, "i:2024.1"), set_now])));
    assert_eq!((after.summary.changes(), note_ids(&after)), (false, vec!["pods-outdated"]));
}
