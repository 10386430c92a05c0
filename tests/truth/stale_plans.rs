//! Steps made by hand in which somebody changes the cluster between plan and apply: which plans that makes stale.

use iriskit_state::plan::{Plan, Treatment, VolumeEffect};
use serde_json::{Value, json};

use crate::{
    compare::{Seen, disagreements},
    draws::topology::image,
    scenario::{Drift, Edit, Item, Rule},
    tampered::by_hand,
};

const COMPUTE: &str = "/spec/topology/compute";
const REPLICAS: &str = "StatefulSet/a-compute:spec.replicas";

fn set(pointer: &'static str, value: Value) -> Item {
    Item::Edit(Edit::Set(0, pointer, value))
}

fn nodes() -> Value {
    json!({"image": image("iris", "2024.1"), "compatibilityVersion": "2024.1.0", "replicas": 1})
}

fn scaled(manager: &'static str, replicas: usize) -> Drift {
    Drift::Patch(manager, "statefulsets/a-compute".into(), json!({"spec": {"replicas": replicas}}))
}

/// Plays these; what was predicted has to be what happened, and so many plans were stale and so many valid.
#[track_caller]
fn expect(what: &str, items: Vec<(usize, Item)>, stale_and_valid: (usize, usize)) {
    let played = by_hand(items);
    assert_eq!((played.found, (played.stale, played.valid)), (Vec::new(), stale_and_valid), "{what}");
}

#[test]
fn rules_decide_over_what_makes_a_plan_stale() {
    let leave = |field| Rule::Field(Treatment::Leave, field);
    for (rules, stale_and_valid) in [
        (vec![], (1, 0)),
        (vec![leave(REPLICAS)], (0, 1)),
        (vec![leave("spec.replicas")], (0, 1)),
        (vec![Rule::OnDrift(Treatment::Leave)], (0, 1)),
        (vec![leave("Service/a:spec.type")], (1, 0)),
        (vec![leave(REPLICAS), Rule::Field(Treatment::Take, REPLICAS)], (0, 1)),
        (vec![Rule::OnDrift(Treatment::Leave), Rule::Field(Treatment::Take, REPLICAS)], (1, 0)),
        (vec![leave(REPLICAS), Rule::Field(Treatment::Fail, REPLICAS)], (0, 0)),
    ] {
        let mut items = vec![
            (0, set(COMPUTE, nodes())),
            (1, set("/spec/serviceTemplate/metadata/annotations", json!({"colour": "red"}))),
            (1, Item::Drift(scaled("kubectl-edit", 2))),
            (1, Item::AfterPlan(scaled("autoscaler", 3))),
        ];
        let what = format!("{rules:?}");
        items.extend(rules.into_iter().map(|rule| (1, Item::Rule(rule))));
        expect(&what, items, stale_and_valid);
    }
}

#[test]
fn how_many_pods_there_are_counts_for_a_plan_that_restarts_them() {
    expect(
        "left to an autoscaler",
        vec![
            (0, set(COMPUTE, nodes())),
            (1, set("/spec/topology/compute/image", image("iris", "2024.1.1"))),
            (1, Item::Drift(scaled("autoscaler", 2))),
            (1, Item::Rule(Rule::Field(Treatment::Leave, REPLICAS))),
            (1, Item::AfterPlan(scaled("autoscaler", 3))),
        ],
        (1, 0),
    );
}

#[test]
fn a_template_that_others_change_counts_for_a_mirror() {
    let restart = Drift::Patch(
        "kubectl-rollout",
        "statefulsets/a-data-0".into(),
        json!({"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}}),
    );
    expect(
        "rollout",
        vec![
            (0, set("/spec/topology/data/mirrored", json!(true))),
            (1, set("/spec/topology/data/podTemplate/controller/labels", json!({"example.com/colour": "red"}))),
            (1, Item::AfterPlan(restart)),
        ],
        (1, 0),
    );
}

/// A pair with application servers of which one was scaled away, so that its volumes are left.
fn with_volumes(then: Vec<Item>) -> Vec<(usize, Item)> {
    let mut two = nodes();
    two["replicas"] = json!(2);
    let before = [
        (0, set("/spec/topology/data/mirrored", json!(true))),
        (0, set(COMPUTE, two)),
        (1, set("/spec/topology/compute/replicas", json!(1))),
    ];
    before.into_iter().chain(then.into_iter().map(|item| (2, item))).collect()
}

fn lost(claim: &str) -> Drift {
    Drift::Delete(format!("persistentvolumeclaims/iris-data-a-{claim}"))
}

#[test]
fn a_claim_that_somebody_deletes_counts_for_whoever_restarts_its_pod() {
    let rolled = || set("/spec/topology/data/image", image("iris", "2024.1.1"));
    let labelled = || set("/spec/serviceTemplate/metadata/annotations", json!({"colour": "red"}));
    for (what, change, claim, stale_and_valid) in [
        ("of a member that restarts", rolled(), "data-0-1", (1, 0)),
        ("of a node that goes on", rolled(), "compute-0", (0, 1)),
        ("of a member that goes on", labelled(), "data-0-1", (0, 1)),
        ("of a node to come", set("/spec/topology/compute/replicas", json!(2)), "compute-1", (1, 0)),
        ("of nobody", rolled(), "compute-1", (0, 1)),
        ("that was to stay", Item::Destroy(false), "compute-1", (1, 0)),
        ("that goes with its pod", Item::Destroy(false), "data-0-0", (1, 0)),
        ("that goes anyway", Item::Destroy(true), "data-0-0", (0, 1)),
    ] {
        expect(what, with_volumes(vec![change, Item::AfterPlan(lost(claim))]), stale_and_valid);
    }
}

#[test]
fn a_claim_that_is_going_is_lost_with_its_pod() {
    let items = || {
        with_volumes(vec![Item::Drift(lost("data-0-1")), set("/spec/topology/data/image", image("iris", "2024.1.1"))])
    };
    expect("rolled", items(), (0, 0));
    let (mut plan, seen) = by_hand(items()).last.expect("it was carried out");
    let volumes =
        |plan: &Plan| plan.resource_changes.iter().flat_map(|change| change.impact.volumes.clone()).collect::<Vec<_>>();
    let deleted: Vec<String> =
        volumes(&plan).into_iter().filter(|one| one.effect == VolumeEffect::Deleted).map(|one| one.claim).collect();
    assert_eq!(deleted, ["iris-data-a-data-0-1"]);
    // A plan that does not say so is a lie.
    plan.resource_changes.iter_mut().for_each(|change| change.impact.volumes.clear());
    let found = disagreements(&plan, &seen);
    assert!(
        found.iter().any(|found| found.contains("iris-data-a-data-0-1: made or deleted, which was not")),
        "{found:?}"
    );
}

/// A destroy that keeps volumes, and what was seen of it.
pub(crate) fn destroyed() -> (Plan, Seen) {
    by_hand(with_volumes(vec![Item::Destroy(false)])).last.expect("it was carried out")
}

#[test]
fn a_destroy_that_hides_what_it_does_is_caught() {
    let (plan, seen) = destroyed();
    assert_eq!(disagreements(&plan, &seen), Vec::<String>::new());
    let caught = |words: &str, tamper: fn(&mut Plan, &mut Seen)| {
        let (mut plan, mut seen) = (plan.clone(), seen.clone());
        tamper(&mut plan, &mut seen);
        let found = disagreements(&plan, &seen);
        assert!(found.iter().any(|found| found.contains(words)), "`{words}` is not in {found:#?}");
    };
    caught("a-compute: not in the plan", |plan, _| plan.resource_changes.retain(|change| change.name != "a-compute"));
    caught("was to stay, and did not", |_, seen| {
        seen.span.after.remove("PersistentVolumeClaim/iris-data-a-compute-1");
    });
    caught("pods planned", |plan, _| {
        let data =
            plan.resource_changes.iter_mut().find(|change| change.name == "a-data-0" && change.kind == "StatefulSet");
        data.expect("the pair").impact.pods.reverse();
    });
}

#[test]
fn a_class_that_lets_volumes_grow_no_more_counts_for_those_that_are_to_grow() {
    let larger = || set("/spec/topology/data/storageDB", json!({"resources": {"requests": {"storage": "3Gi"}}}));
    let rolled = || set("/spec/topology/data/image", image("iris", "2024.1.1"));
    for (what, change, class, stale_and_valid) in [
        ("that allows it no more", larger(), Some(false), (1, 0)),
        ("that is gone", larger(), None, (1, 0)),
        ("of volumes that stay as they are", rolled(), Some(false), (0, 1)),
        ("of volumes that stay, and gone", rolled(), None, (0, 1)),
    ] {
        let items = vec![
            (0, set("/spec/storageClassName", json!("own"))),
            (1, change),
            (1, Item::AfterPlan(Drift::Class(class))),
        ];
        expect(what, items, stale_and_valid);
    }
}
