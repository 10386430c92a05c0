//! The comparer is shown plans and histories that are a little wrong, and has to say so.

use std::sync::OnceLock;

use iriskit_state::plan::{Plan, PodEffect, Step, Verb, VolumeEffect};
use serde_json::json;

use crate::{
    compare::{Seen, disagreements},
    place::Place,
    play::{Played, play},
    scenario::{Drift, Edit, Item, Scenario},
};

/// A pair with application servers and a gateway: a new image rolls the pair, one more application server is made, the
/// gateway goes, a Service is set back and a ConfigMap stays as it is.
pub(crate) fn sample() -> &'static (Plan, Seen) {
    static SAMPLE: OnceLock<(Plan, Seen)> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let image = |name: &str, tag: &str| json!(format!("containers.intersystems.com/intersystems/{name}:{tag}"));
        let set = |pointer, value| Item::Edit(Edit::Set(0, pointer, value));
        let nodes = json!({"image": image("iris", "2024.1"), "compatibilityVersion": "2024.1.0", "replicas": 1});
        let gateway = json!({"image": image("webgateway", "2024.1"), "applicationPaths": ["/csp/sys"]});
        let items = [
            (0, set("/spec/topology/data/mirrored", json!(true))),
            (0, set("/spec/topology/arbiter", json!({"image": image("arbiter", "2024.1")}))),
            (0, set("/spec/topology/compute", nodes)),
            (0, set("/spec/topology/webgateway", gateway)),
            (1, set("/spec/topology/data/image", image("iris", "2024.1.1"))),
            (1, set("/spec/topology/compute/replicas", json!(2))),
            (1, Item::Edit(Edit::Remove(0, "/spec/topology/webgateway"))),
            (1, Item::Drift(Drift::Patch("kubectl-edit", "services/a".into(), json!({"spec": {"type": "NodePort"}})))),
        ];
        played(items.into())
    })
}

/// The last plan of these, and what was seen of it.
fn played(items: Vec<(usize, Item)>) -> (Plan, Seen) {
    let played = by_hand(items);
    assert_eq!(played.found, Vec::<String>::new());
    played.last.expect("it was carried out")
}

/// Plays items that nobody drew, each with its step.
pub(crate) fn by_hand(items: Vec<(usize, Item)>) -> Played {
    let items = items.into_iter().enumerate().map(|(at, (step, item))| (at, step, item)).collect();
    play(Place::Sandbox, &Scenario { seed: 0, items }).expect("the sandbox is always there")
}

/// A pair whose volumes grow.
fn growing() -> (Plan, Seen) {
    let set = |pointer, value| Item::Edit(Edit::Set(0, pointer, value));
    let larger = json!({"resources": {"requests": {"storage": "3Gi"}}});
    played(vec![
        (0, set("/spec/topology/data/mirrored", json!(true))),
        (0, set("/spec/storageClassName", json!("expandable"))),
        (1, set("/spec/topology/data/storageDB", larger)),
    ])
}

#[test]
fn what_is_true_is_found_true() {
    let (plan, seen) = sample();
    assert_eq!(disagreements(plan, seen), Vec::<String>::new());
    assert_eq!((plan.impact.restarts, plan.impact.primary_moves, plan.impact.volumes_new), (3, 2, 4));
}

/// The comparer finds something with these words when the plan is tampered with so.
#[track_caller]
fn caught(words: &str, tamper: impl FnOnce(&mut Plan, &mut Seen)) {
    caught_in(sample().clone(), words, tamper);
}

#[track_caller]
fn caught_in((mut plan, mut seen): (Plan, Seen), words: &str, tamper: impl FnOnce(&mut Plan, &mut Seen)) {
    tamper(&mut plan, &mut seen);
    let found = disagreements(&plan, &seen);
    assert!(found.iter().any(|finding| finding.contains(words)), "`{words}` is not in {found:#?}");
}

fn change<'p>(plan: &'p mut Plan, address: &str) -> &'p mut iriskit_state::plan::ResourceChange {
    let found = plan.resource_changes.iter_mut().find(|change| change.address == address);
    found.unwrap_or_else(|| panic!("no {address}"))
}

const DATA: &str = "StatefulSet/default/a-data-0";
const COMPUTE: &str = "StatefulSet/default/a-compute";
const SERVICE: &str = "Service/default/a";
const GATEWAY: &str = "StatefulSet/default/a-webgateway";

#[test]
fn wrong_pods_are_caught() {
    caught("a-data-0: pods planned", |plan, _| {
        change(plan, DATA).impact.pods.pop();
    });
    caught("a-data-0: pods planned", |plan, _| change(plan, DATA).impact.pods.swap(0, 1));
    caught("a-compute: pods planned", |plan, _| change(plan, COMPUTE).impact.pods[0].effect = PodEffect::Restarts);
    caught("a-compute: pods planned", |plan, _| {
        let other = change(plan, DATA).impact.pods[0].clone();
        change(plan, COMPUTE).impact.pods.push(other);
    });
    caught("0 moves of the primary planned, 2 observed", |plan, _| change(plan, DATA).impact.primary_moves = 0);
    caught("1 moves of the primary planned, 0 observed", |plan, _| change(plan, COMPUTE).impact.primary_moves = 1);
    caught("a-compute: pods planned", |_, seen| {
        // The pod that was made comes a second time.
        let made = seen.span.events.iter().position(|event| event.id == "Pod/a-compute-1").expect("it was made");
        let mut again = seen.span.events[made].clone();
        let mut object = (*again.object).clone();
        object["metadata"]["uid"] = json!("another");
        again.object = object.into();
        again.gone = true;
        seen.span.events.insert(made, again);
    });
}

#[test]
fn wrong_objects_are_caught() {
    caught("no-op planned", |plan, _| {
        let change = change(plan, SERVICE);
        change.change.actions = vec![Verb::NoOp];
        change.steps.clear();
    });
    caught("not in the plan", |plan, _| plan.resource_changes.retain(|change| change.address != SERVICE));
    caught("create planned", |plan, _| change(plan, SERVICE).change.actions = vec![Verb::Create]);
    caught("StatefulSet/a-webgateway: delete planned", |_, seen| {
        let before = seen.span.before["StatefulSet/a-webgateway"].clone();
        seen.span.after.insert("StatefulSet/a-webgateway".to_owned(), before);
        seen.span.events.retain(|event| event.id != "StatefulSet/a-webgateway");
    });
    caught("replacement planned", |plan, _| {
        change(plan, SERVICE).change.actions = vec![Verb::Delete, Verb::Create];
    });
    caught("update of 0 fields planned", |plan, _| change(plan, SERVICE).fields.clear());
    caught("it is another object", |_, seen| {
        let mut object = (*seen.span.after["Service/a"]).clone();
        object["metadata"]["uid"] = json!("another");
        seen.span.after.insert("Service/a".to_owned(), object.into());
    });
}

#[test]
fn wrong_values_are_caught() {
    caught("which was not planned", |plan, _| {
        change(plan, DATA).fields.remove(0);
    });
    caught("was to change, and did not", |plan, _| change(plan, DATA).fields[0].path.push('x'));
    caught("planned from", |plan, _| change(plan, DATA).fields[0].before = json!("other"));
    caught(", planned \"other\"", |plan, _| change(plan, DATA).fields[0].after = json!("other"));
    caught("after is not as planned: /spec/replicas", |plan, _| {
        change(plan, COMPUTE).change.after["spec"]["replicas"] = json!(3);
    });
    caught("before is not as planned: /spec/replicas", |plan, _| {
        change(plan, COMPUTE).change.before["spec"]["replicas"] = json!(3);
    });
}

#[test]
fn wrong_volumes_are_caught() {
    caught("new planned, it is not", |plan, _| {
        change(plan, COMPUTE).impact.volumes[0].claim = "iris-data-a-data-0-0".to_owned();
    });
    caught("made or deleted, which was not planned", |plan, _| {
        change(plan, COMPUTE).impact.volumes.pop();
    });
    caught("re-use planned", |plan, _| change(plan, COMPUTE).impact.volumes[0].effect = VolumeEffect::Reused);
    caught("its end was planned", |plan, _| change(plan, COMPUTE).impact.volumes[0].effect = VolumeEffect::Deleted);
    caught("planned, Some(\"2Gi\") made", |plan, _| change(plan, COMPUTE).impact.volumes[0].size = Some("9Gi".into()));
}

#[test]
fn wrong_growth_is_caught() {
    let sample = growing();
    assert_eq!((sample.0.impact.restarts, sample.0.impact.volumes_growing), (0, 2));
    let claim = "PersistentVolumeClaim/iris-data-a-data-0-0";
    caught_in(sample.clone(), "became Some(\"3Gi\"), which was not planned", |plan, _| {
        change(plan, DATA).impact.volumes.clear();
    });
    caught_in(sample.clone(), "Some(\"3Gi\") planned, Some(\"2Gi\") asked for", |_, seen| {
        let before = seen.span.before[claim].clone();
        seen.span.after.insert(claim.to_owned(), before);
    });
    caught_in(sample.clone(), "a-data-0-1: was to go on under the new set", |_, seen| {
        let before = seen.span.before["Pod/a-data-0-1"].clone();
        seen.span.after.insert("Pod/a-data-0-1".to_owned(), before);
    });
    caught_in(sample, "writes that no step explains", |plan, _| {
        change(plan, DATA).steps.retain(|step| !matches!(step, Step::GrowClaim { .. }));
    });
}

#[test]
fn a_wrong_order_is_caught() {
    caught("was begun at", |plan, _| {
        // The stages of data and of application servers change places.
        let place = |plan: &Plan, name: &str| {
            plan.stages.iter().position(|stage| stage.name.to_string() == name).expect("a stage")
        };
        let (data, compute) = (place(plan, "data"), place(plan, "compute"));
        plan.stages.swap(data, compute);
    });
    caught("was begun at", |plan, _| change(plan, DATA).depends_on.push(GATEWAY.to_owned()));
    caught("after the run was over", |_, seen| seen.span.ended = 0);
}

#[test]
fn wrong_requests_are_caught() {
    caught("writes that no step explains: [\"DELETE pods/a-data-0-0\"]", |_, seen| {
        seen.writes.push("DELETE pods/a-data-0-0".to_owned());
    });
    caught("steps without their write: [\"PATCH services/a\"]", |_, seen| {
        seen.writes.retain(|write| write != "PATCH services/a");
    });
    caught("writes that no step explains", |plan, _| {
        change(plan, COMPUTE).steps.retain(|step| !matches!(step, Step::Update { .. }));
    });
}
