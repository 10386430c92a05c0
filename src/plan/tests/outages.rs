//! Who is away and until when: outages, Services without endpoints, images.

use iriskit_state::plan::{ImpactClass, Plan, ReleaseChange, ServiceUntil, Severity};
use serde_json::{Value, json};

use super::scene::*;
use crate::expand::{Component, Desired, Rolling, Stage};

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
        (vec![unready(first), second], Component::Compute, &["outage"], ImpactClass::Outage),
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
