//! What is not ready: told by plans, waited for by apply, never passed; and what others put into a pod template.

use iriskit_state::plan::{ActionReason, NotReadyState};
use serde_json::json;

use super::harness::{
    manifests::{MIRRORED, STANDALONE, held},
    planned::Planned,
    world::{LABELER, World},
};

everywhere!(
    a_stage_that_is_not_ready_is_passed_by_no_run,
    nothing_to_change_is_not_nothing_to_wait_for,
    the_hand_in_a_pod_template_is_told_before_pods_restart_for_it,
    a_saved_plan_does_not_make_pods_from_a_template_that_others_changed,
);

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];

fn a_stage_that_is_not_ready_is_passed_by_no_run(world: &World) {
    world.env.write("standalone.yaml", &held());
    for _ in 0..2 {
        let late = world.iriskit(&["apply", "standalone.yaml", "--auto-approve", "--timeout", "3s"]);
        assert_eq!(late.code, Some(5), "{late}");
        assert!(late.stdout.contains("standalone-data-0"), "{late}");
        assert!(world.find("services/standalone").is_none(), "{late}");
    }
    let plan = world.plan("standalone.yaml", &[]);
    assert_eq!(plan.changed(), ["Service/standalone create"]);
    let [one] = plan.0.not_ready.as_slice() else { panic!("{:?}", plan.0.not_ready) };
    assert_eq!((one.state, one.pods.as_slice()), (NotReadyState::Waiting, &["standalone-data-0".to_owned()][..]));
    // A plan that was saved waits as well.
    assert_eq!(world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]).code, Some(0));
    let late = world.iriskit(&["apply", "p.plan", "--timeout", "3s"]);
    assert!(late.code == Some(5) && world.find("services/standalone").is_none(), "{late}");
    world.let_go("standalone-data-0");
    world.apply("standalone.yaml", &[]);
    assert!(world.find("services/standalone").is_some());
    world.no_changes("standalone.yaml", &[]);
}

fn nothing_to_change_is_not_nothing_to_wait_for(world: &World) {
    world.env.write("standalone.yaml", &held());
    let late = world.iriskit(&["apply", "standalone.yaml", "--auto-approve", "--timeout", "2s"]);
    assert_eq!(late.code, Some(5), "{late}");
    world.until("the pod", || world.find("pods/standalone-data-0"));
    world.let_go("standalone-data-0");
    world.apply("standalone.yaml", &[]);
    // The pod that comes instead is held again.
    world.delete("pods/standalone-data-0");
    world.until("another pod", || {
        let pod = world.find("pods/standalone-data-0")?;
        (pod["metadata"]["deletionTimestamp"].is_null() && !super::harness::world::is_ready(&pod)).then_some(())
    });
    let said = world.iriskit(&["plan", "standalone.yaml", "--detailed-exitcode"]);
    assert_eq!(said.code, Some(0), "{said}");
    for told in
        ["No changes", "not ready   StatefulSet standalone-data", "Not ready", "0 of 1 pods", "apply waits for it"]
    {
        assert!(said.stdout.contains(told), "nothing of {told}: {said}");
    }
    let before = world.versions();
    let late = world.iriskit(&["apply", "standalone.yaml", "--timeout", "2s"]);
    assert!(late.code == Some(5) && late.stdout.contains("timed out after 2 s"), "{late}");
    assert_eq!(world.versions(), before, "nothing is written");
    world.let_go("standalone-data-0");
    let ready = world.iriskit(&["apply", "standalone.yaml"]);
    assert_eq!(ready.code, Some(0), "{ready}");
}

fn the_hand_in_a_pod_template_is_told_before_pods_restart_for_it(world: &World) {
    world.env.write("mirrored.yaml", MIRRORED);
    world.apply("mirrored.yaml", &IMAGE);
    world.pair("mirrored-data-0");
    set_variable(world, "mirrored-data-0");
    let plan = world.plan("mirrored.yaml", &IMAGE);
    let change = plan.change("StatefulSet/mirrored-data-0");
    assert_eq!(change.action_reason, Some(ActionReason::PodsOutdated));
    let causes: Vec<_> = change.restart_causes.iter().map(|cause| (cause.path.as_str(), cause.by.as_deref())).collect();
    assert_eq!(causes, [("spec.template.spec.containers[iris].env[FOO]", Some("kubectl-set"))]);
    let text = world.iriskit(&["plan", "mirrored.yaml", IMAGE[0], IMAGE[1]]).success();
    let drift = text.split("1  data").next().unwrap_or_default();
    for (part, told) in
        [(drift, "FOO"), (drift, "bar"), (drift, "by kubectl-set"), (&text, "kubectl-set changed the pod template")]
    {
        assert!(part.contains(told), "nothing of {told}: {text}");
    }
}

fn a_saved_plan_does_not_make_pods_from_a_template_that_others_changed(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    world.env.write("standalone.yaml", &STANDALONE.replace("2024.1", "2024.1.1"));
    assert_eq!(world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]).code, Some(0));
    set_variable(world, "standalone-data");
    let stale = world.iriskit(&["apply", "p.plan", "--allow", "outage,major-upgrade"]);
    assert!(stale.code == Some(3) && stale.stderr.contains("spec.template"), "{stale}");
}

/// Kinds that only companions have.
const BESIDE: &str = "\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: beside}
spec:
  selector: {matchLabels: {app: beside}}
  template:
    metadata: {labels: {app: beside}}
    spec: {nodeSelector: {nowhere: 'yes'}, containers: [{name: main, image: 'example/beside:1'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: alone}
spec: {nodeSelector: {nowhere: 'yes'}, containers: [{name: main, image: 'example/beside:1'}]}
";

#[test]
fn companions_of_other_kinds_are_waited_for_too() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("standalone.yaml", &format!("{STANDALONE}{BESIDE}"));
    for _ in 0..2 {
        let late = world.iriskit(&["apply", "standalone.yaml", "--auto-approve", "--timeout", "4s"]);
        assert_eq!(late.code, Some(5), "{late}");
    }
    let address = |kind: &str, name: &str| format!("{kind}/{}/{name}", world.namespace());
    let expected = [(address("Deployment", "beside"), true), (address("Pod", "alone"), true)];
    // The scheduler says why a moment after the pods are there.
    let (said, plan) = world.until("both to be told with their reason", || {
        let said = world.iriskit(&["plan", "standalone.yaml", "--json", "--detailed-exitcode"]);
        let plan = Planned::read(&said);
        let told: Vec<_> =
            plan.0.not_ready.iter().map(|one| (one.address.clone(), one.reason.contains("node affinity"))).collect();
        (told == expected).then_some((said, plan))
    });
    assert_eq!(said.code, Some(if plan.changed().is_empty() { 0 } else { 2 }), "{said}");
}

fn set_variable(world: &World, set: &str) {
    let env = json!([{"name": "FOO", "value": "bar"}]);
    let containers = json!([{"name": "iris", "env": env}]);
    let body = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": set},
        "spec": {"template": {"spec": {"containers": containers}}}});
    world.take("kubectl-set", &format!("statefulsets/{set}"), &body);
}
