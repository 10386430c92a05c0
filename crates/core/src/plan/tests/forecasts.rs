//! What a plan says of rolls, since it runs the very rules by which apply decides.

use iriskit_state::plan::{Plan, PodEffect, Role, RuleId, ServiceUntil};
use serde_json::{Value, json};

use super::scene::*;
use crate::expand::{Desired, Rolling};

const SET: &str = "StatefulSet/n/c-data-0";

/// `ORDINAL RULE` of all pods that restart.
fn restarts(plan: &Plan) -> Vec<String> {
    let pods = change(plan, SET).impact.pods.iter().filter(|pod| pod.effect == PodEffect::Restarts);
    let ordinal = |pod: &str| pod.rsplit('-').next().unwrap_or_default().to_owned();
    pods.map(|pod| format!("{} {}", ordinal(&pod.pod), pod.rule.map(RuleId::as_str).unwrap_or_default())).collect()
}

fn saying(mut pod: Value, member_type: &str, status: &str, journal: &str) -> Value {
    let text = json!({"type": member_type, "status": status, "journal": journal, "at": "2026-01-01T00:00:00Z"});
    pod["metadata"]["annotations"] = json!({"iriskit/mirror-status": text.to_string()});
    pod
}

fn lacking_none(mut set: Desired) -> Desired {
    set.value["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "iris-data"}, "spec": {}},
        {"metadata": {"name": "extra"}, "spec": {}}]);
    set
}

fn with_extra(mut pod: Value) -> Value {
    let claim = format!("extra-{}", pod["metadata"]["name"].as_str().unwrap());
    let volume = json!({"name": "extra", "persistentVolumeClaim": {"claimName": claim}});
    pod["spec"]["volumes"].as_array_mut().unwrap().push(volume);
    pod
}

/// A replacement that was cut off after its first pod does not begin anew.
#[test]
fn only_pods_that_lack_a_claim_are_replaced() {
    let set = lacking_none(pair("i:1"));
    let first = with_extra(pod(0, "new", Some("backup"), true));
    let plan = plan(owner(vec![set.clone()]), &live([applied(&set), first, pod(1, "new", Some("primary"), true)]));
    assert_eq!(restarts(&plan), ["1 claims-added"]);
    assert_eq!(plan.impact.primary_moves, 1);
}

/// Kubernetes gets to what is only outdated when every pod has its claims.
#[test]
fn without_a_mirror_kubernetes_rolls_the_rest() {
    let set = Desired { rolling: Rolling::Kubernetes, mirrored: false, ..lacking_none(pair("i:1")) };
    let first = with_extra(pod(0, "old", None, false));
    let plan = plan(owner(vec![set.clone()]), &live([applied(&set), first, pod(1, "old", None, false)]));
    assert_eq!(restarts(&plan), ["1 claims-added", "0 statefulset-roll"]);
}

/// The roll waits until a member that is missing is there, which is primary once in a new version then.
#[test]
fn a_member_that_is_missing_takes_its_turn_as_primary() {
    let only = pod(0, "new", Some("primary"), true);
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "users", "namespace": "n"},
        "spec": {"selector": {"intersystems.com/mirrorRole": "primary"}}});
    let plan = plan(owner(vec![pair("i:2024.1.1")]), &live([applied(&pair("i:2024.1")), only, service]));
    assert_eq!(restarts(&plan), ["0 primary-last", "1 both-primary"]);
    assert_eq!(plan.impact.primary_moves, 2);
    let services = &change(&plan, SET).impact.services;
    let said: Vec<_> = services.iter().map(|one| (one.pod.as_str(), one.until)).collect();
    assert_eq!(said, [("c-data-0-0", ServiceUntil::FailOver), ("c-data-0-1", ServiceUntil::FailOver)]);
}

#[test]
fn a_primary_without_a_backup_is_told() {
    let follows = saying(pod(1, "old", None, true), "Disaster Recovery", "Connected", "Caught up");
    let members = [pod(0, "old", Some("primary"), true), follows];
    let plan = plan(owner(vec![pair("i:1")]), &live(members.into_iter().chain([applied(&pair("i:1"))])));
    assert_eq!(restarts(&plan), ["1 asyncs-first", "0 primary-last"]);
    assert_eq!(note_ids(&plan), ["mirror-not-whole"]);
    assert_eq!(
        plan.notes[0].message,
        "there is no backup that could take over from c-data-0-0: c-data-0-0 does not restart before that is over"
    );
}

/// Who says that it is primary is it, labelled or not.
#[test]
fn a_role_counts_that_is_said_without_a_label() {
    let primary = saying(pod(1, "old", None, true), "Failover", "Primary", "N/A");
    let backup = saying(pod(0, "old", None, true), "Failover", "Backup", "Active");
    let plan = plan(owner(vec![pair("i:1")]), &live([applied(&pair("i:1")), backup, primary]));
    assert_eq!(restarts(&plan), ["0 backup-first", "1 primary-last"]);
    assert_eq!(change(&plan, SET).impact.pods[1].role, Some(Role::Primary));
}

#[test]
fn where_nobody_is_known_to_be_primary_the_last_to_go_is_taken_for_it() {
    let members = [pod(0, "old", Some("backup"), true), pod(1, "old", Some("backup"), true)];
    let plan = plan(owner(vec![pair("i:1")]), &live(members.into_iter().chain([applied(&pair("i:1"))])));
    assert_eq!(restarts(&plan), ["1 backup-first", "0 primary-last"]);
    assert_eq!(plan.impact.primary_moves, 1);
}

/// Nobody reports roles, but a label of earlier days says who is primary.
#[test]
fn a_blind_roll_meets_a_labelled_primary_last() {
    let roll = |rolling, first, second| {
        let wanted = Desired { rolling, ..pair("i:1") };
        let members = [pod(0, "old", first, false), pod(1, "old", second, false)];
        plan(owner(vec![wanted]), &live(members.into_iter().chain([applied(&pair("i:1"))])))
    };
    for (first, second, order) in [
        (Some("primary"), Some("backup"), ["1 blind-order", "0 blind-order"]),
        (Some("backup"), Some("primary"), ["0 blind-order", "1 blind-order"]),
        (None, None, ["1 blind-order", "0 blind-order"]),
    ] {
        let plan = roll(Rolling::ByRole, first, second);
        assert_eq!(restarts(&plan), order);
        assert_eq!(plan.impact.primary_moves, 1, "{first:?} {second:?}");
    }
    // A pause before the primary is kept where a label says who that is, and refused where nobody knows.
    let held = roll(Rolling::UpToPrimary, Some("backup"), Some("primary"));
    assert_eq!((restarts(&held), allowances(&held)), (vec!["0 blind-order".to_owned()], vec!["roll-blind"]));
    assert_eq!(change(&held, SET).impact.left_outdated, ["c-data-0-1"]);
    let unknown = roll(Rolling::UpToPrimary, None, None);
    assert!(note_ids(&unknown).contains(&"primary-unknown"), "{:?}", unknown.notes);
}
