//! The order of the plan as a whole: upgrades, the arbiter beside a mirror, what waits behind a pause.

use iriskit_state::plan::{ActionReason, Component, NoteId, Plan, RuleId, Severity, Stage, Step, Verb};
use serde_json::{Value, json};

use super::scene::*;
use crate::{
    expand::{Desired, Rolling},
    plan::{
        live::Live,
        order::arrange::{Rollout, UpgradeOrder},
    },
};

/// A StatefulSet that Kubernetes rolls.
fn set(stage: Stage, component: Component, name: &str, image: &str) -> Desired {
    let mut set = pair(image);
    set.value["metadata"]["name"] = json!(name);
    set.value["spec"]["replicas"] = json!(1);
    set.value["spec"]["updateStrategy"] = json!({"type": "RollingUpdate"});
    set.value["spec"].as_object_mut().unwrap().remove("volumeClaimTemplates");
    let of_data: Vec<_> = (component == Component::Compute).then(|| pair(image).object).into_iter().collect();
    Desired { depends_on: of_data, ..desired(stage, component, set.value) }
}

/// Everything that a cluster can consist of, with these images.
fn whole([arbiter, data, compute, gateway]: [&str; 4]) -> Vec<Desired> {
    vec![
        set(Stage::Arbiter, Component::Arbiter, "c-arbiter", arbiter),
        pair(data),
        set(Stage::Compute, Component::Compute, "c-compute", compute),
        set(Stage::WebGateway, Component::WebGateway, "c-webgateway", gateway),
        config_map_of(Stage::WebGateway, "c-webgateway"),
    ]
}

fn config_map_of(stage: Stage, name: &str) -> Desired {
    Desired { stage, component: Component::WebGateway, ..config_map(name, &json!({"CSP.ini": "x"})) }
}

fn pod_of(set: &str, image: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("{set}-0"), "namespace": "n", "uid": set,
        "labels": {"controller-revision-hash": "new"}, "ownerReferences": [{"uid": format!("uid-{set}"), "controller": true}]},
        "spec": {"containers": [{"name": "iris", "image": image}]}, "status": {"phase": "Running"}})
}

/// A member that says of itself what it is.
fn member(ordinal: u32, revision: &str, role: &str) -> Value {
    let mut pod = pod(ordinal, revision, Some(role), true);
    let (status, journal) = if role == "primary" { ("Primary", "N/A") } else { ("Backup", "Active") };
    let text = json!({"type": "Failover", "status": status, "journal": journal, "at": "2026-01-01T00:00:00Z"});
    pod["metadata"]["annotations"]["iriskit/mirror-status"] = json!(text.to_string());
    pod
}

/// All of it running on `i:1`, but for the object of this name.
fn running_without(name: &str, members: [Value; 2]) -> Live {
    let sets = ["c-arbiter", "c-compute", "c-webgateway"].map(|set| pod_of(set, "i:1"));
    let desired = whole(["i:1"; 4]);
    let there = desired.iter().filter(|desired| desired.object.name != name).map(applied);
    live(there.chain(sets).chain(members))
}

fn running(members: [Value; 2]) -> Live {
    running_without("", members)
}

fn healthy() -> Live {
    running([member(0, "new", "primary"), member(1, "new", "backup")])
}

fn stages(plan: &Plan) -> Vec<(String, Vec<&str>)> {
    let happens = |address: &&String| !change(plan, address).is_no_op();
    let name = |address: &String| change(plan, address).name.as_str().to_owned();
    plan.stages
        .iter()
        .map(|stage| {
            let names: Vec<String> = stage.changes.iter().filter(happens).map(name).collect();
            let known = ["c-arbiter", "c-data-0", "c-compute", "c-webgateway"];
            (stage.name.to_string(), known.into_iter().filter(|known| names.iter().any(|name| name == known)).collect())
        })
        .filter(|(_, names): &(_, Vec<&str>)| !names.is_empty())
        .collect()
}

fn vendor() -> Rollout {
    Rollout { upgrade_order: UpgradeOrder::Vendor, ..Rollout::default() }
}

#[test]
fn an_upgrade_in_our_order_says_what_intersystems_wants() {
    let plan = plan_with(owner(whole(["i:2"; 4])), &healthy(), Rollout::default());
    assert_eq!(
        stages(&plan),
        [
            ("arbiter".to_owned(), vec!["c-arbiter"]),
            ("data".to_owned(), vec!["c-data-0"]),
            ("compute".to_owned(), vec!["c-compute"]),
            ("web gateway".to_owned(), vec!["c-webgateway"])
        ]
    );
    let note = plan.notes.iter().find(|note| note.id == NoteId::UpgradeOrder).unwrap();
    assert_eq!(note.severity, Severity::Warning);
    assert!(note.message.contains("c-webgateway and c-compute follow the data nodes"), "{}", note.message);
    assert!(note.help.as_ref().unwrap().contains("--upgrade-order vendor"));
}

#[test]
fn an_upgrade_in_the_vendors_order() {
    let plan = plan_with(owner(whole(["i:2"; 4])), &healthy(), vendor());
    assert_eq!(
        stages(&plan),
        [
            ("web gateway before data".to_owned(), vec!["c-webgateway"]),
            ("arbiter".to_owned(), vec!["c-arbiter"]),
            ("compute before data".to_owned(), vec!["c-compute"]),
            ("data".to_owned(), vec!["c-data-0"]),
        ]
    );
    assert_eq!(note_ids(&plan), Vec::<&str>::new());
    let compute = change(&plan, "StatefulSet/n/c-compute");
    assert_eq!((compute.stage.to_string().as_str(), &compute.depends_on), ("compute before data", &vec![]));
    assert!(compute.impact.rules.contains(&RuleId::UpgradeOrder));
    // Its configuration goes with it.
    assert!(plan.stages[0].changes.iter().any(|address| address == "ConfigMap/n/c-webgateway"));
}

#[test]
fn without_a_new_version_of_iris_the_order_is_ours_and_nothing_is_said() {
    let plan = plan_with(owner(whole(["i:2", "i:1", "i:2", "i:2"])), &healthy(), vendor());
    assert_eq!(
        stages(&plan).into_iter().map(|(stage, _)| stage).collect::<Vec<_>>(),
        ["arbiter", "compute", "web gateway"]
    );
    assert_eq!(note_ids(&plan), Vec::<&str>::new());
}

#[test]
fn what_is_new_starts_in_its_own_stage_also_in_an_upgrade() {
    let without = running_without("c-compute", [member(0, "new", "primary"), member(1, "new", "backup")]);
    let plan = plan_with(owner(whole(["i:2"; 4])), &without, vendor());
    let names: Vec<String> = stages(&plan).into_iter().map(|(stage, _)| stage).collect();
    assert_eq!(names, ["web gateway before data", "arbiter", "data", "compute"]);
}

#[test]
fn the_arbiter_waits_for_a_whole_mirror_and_comes_after_a_roll_that_was_cut_off() {
    let wait = Step::WaitMirror { set: "StatefulSet/n/c-data-0".into(), blind: false };
    let new_arbiter = || owner(whole(["i:2", "i:1", "i:1", "i:1"]));
    let plan = plan_with(new_arbiter(), &healthy(), Rollout::default());
    let arbiter = change(&plan, "StatefulSet/n/c-arbiter");
    assert_eq!((arbiter.stage.to_string().as_str(), &arbiter.steps[0]), ("arbiter", &wait));
    assert!(arbiter.impact.rules.contains(&RuleId::ArbiterAlone));

    let mut stopped = member(1, "new", "backup");
    stopped["status"] = json!({"phase": "Pending"});
    let mut behind = member(1, "new", "backup");
    let text =
        behind["metadata"]["annotations"]["iriskit/mirror-status"].as_str().unwrap().replace("Active", "Catchup");
    behind["metadata"]["annotations"]["iriskit/mirror-status"] = json!(text);
    // Apply would wait for it before the arbiter, and the roll may be what it waits for.
    let mut ill = member(1, "new", "backup");
    ill["status"]["conditions"][0]["status"] = json!("False");
    for second in [member(1, "old", "backup"), stopped, behind, ill] {
        let live = running([member(0, "new", "primary"), second.clone()]);
        let plan = plan_with(new_arbiter(), &live, Rollout::default());
        let arbiter = change(&plan, "StatefulSet/n/c-arbiter");
        assert_eq!((arbiter.stage.to_string().as_str(), &arbiter.steps[0]), ("arbiter after data", &wait), "{second}");
        assert!(change(&plan, "StatefulSet/n/c-data-0").depends_on.is_empty());
        let order: Vec<String> = plan.stages.iter().map(|stage| stage.name.to_string()).collect();
        assert!(
            order.iter().position(|name| *name == "data") < order.iter().position(|name| *name == "arbiter after data")
        );
    }
}

#[test]
fn what_comes_after_a_pause_is_held_back_and_needs_nothing() {
    let mut wanted = whole(["i:2"; 4]);
    wanted[1].rolling = Rolling::UpToPrimary;
    // A compute node that is not there yet, and one set that goes.
    let mut live = running_without("c-compute", [member(0, "new", "primary"), member(1, "new", "backup")]);
    let gone = applied(&config_map_of(Stage::WebGateway, "gone"));
    let mut input = owner(wanted);
    input.record = Some(record_of(&[&gone]));
    live.insert(gone);
    let plan = plan_with(input, &live, Rollout::default());
    assert_eq!(stages(&plan), [("arbiter".to_owned(), vec!["c-arbiter"]), ("data".to_owned(), vec!["c-data-0"])]);
    assert_eq!(note_ids(&plan), ["upgrade-order", "pods-outdated", "held-back"]);
    let held = &plan.notes.iter().find(|note| note.id == NoteId::HeldBack).unwrap().message;
    for address in ["StatefulSet/n/c-compute", "StatefulSet/n/c-webgateway", "ConfigMap/n/gone"] {
        assert!(held.contains(address), "{held}");
    }
    assert!(plan.resource_changes.iter().all(|change| change.name != "c-compute"));
    for left in ["StatefulSet/n/c-webgateway", "ConfigMap/n/gone"] {
        let left = change(&plan, left);
        assert_eq!(
            (left.change.actions.as_slice(), left.action_reason.map(ActionReason::as_str)),
            (&[Verb::NoOp][..], Some("held_back"))
        );
        assert!(left.steps.is_empty() && left.fingerprint.is_some());
    }
    // What is held back needs nothing now.
    assert_eq!(allowances(&plan), ["major-upgrade"]);
    assert!(plan.allowances[0].reasons.iter().all(|reason| reason.contains("c-data-0")), "{:?}", plan.allowances);
    assert_eq!((plan.summary.update, plan.summary.create, plan.summary.delete), (2, 0, 0));
}

#[test]
fn two_mirrors_of_a_cluster_roll_one_after_the_other() {
    let shard = |name: &str, image: &str| {
        let mut set = pair(image);
        set.value["metadata"]["name"] = json!(name);
        Desired { object: iriskit_kubernetes::schema::ObjectRef::of(&set.value).unwrap(), ..set }
    };
    let second_pods = [member(0, "new", "primary"), member(1, "new", "backup")].map(|mut pod| {
        pod = serde_json::from_str(&pod.to_string().replace("c-data-0", "c-data-1")).unwrap();
        pod["metadata"]["ownerReferences"][0]["uid"] = json!("uid-c-data-1");
        pod
    });
    let sets = [applied(&shard("c-data-0", "i:1")), applied(&shard("c-data-1", "i:1"))];
    let live =
        live(sets.into_iter().chain(second_pods).chain([member(0, "new", "primary"), member(1, "new", "backup")]));
    let plan = plan(owner(vec![shard("c-data-1", "i:2"), shard("c-data-0", "i:2")]), &live);
    let needs = |name: &str| change(&plan, &format!("StatefulSet/n/{name}")).depends_on.clone();
    assert_eq!((needs("c-data-0"), needs("c-data-1")), (vec![], vec!["StatefulSet/n/c-data-0".to_owned()]));
}
