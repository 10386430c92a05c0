//! Runs that don't come to their end, and the next ones, which go on.

use std::process::Command;

use iriskit_state::plan::{RuleId, Step};
use serde_json::Value;

use super::harness::{
    manifests::{STANDALONE, held},
    world::World,
};
use crate::support::env::Output;

/// The data node's pods ask the control plane for something.
fn asking(annotation: &str, value: &str) -> String {
    let template = format!("podTemplate: {{metadata: {{annotations: {{{annotation}: \"{value}\"}}}}}}");
    STANDALONE.replace("    data:\n", &format!("    data:\n      {template}\n"))
}

#[test]
fn a_pod_that_can_not_start_ends_the_run_with_its_reason() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("standalone.yaml", &asking("iriskit-test/fail", "ImagePullBackOff"));
    let failed = world.iriskit(&["apply", "standalone.yaml", "--auto-approve", "--timeout", "4s"]);
    assert_eq!(failed.code, Some(5), "{failed}");
    let said = failed.to_string();
    for told in ["ImagePullBackOff", "standalone-data-0", "standalone-data", "iriskit apply standalone.yaml"] {
        assert!(said.contains(told), "nothing of {told}: {said}");
    }
    assert!(world.find("services/standalone").is_none(), "nothing new is begun: {said}");
    // What was done, what failed and what was not begun.
    let report = said.rsplit_once("one").map_or(said.as_str(), |(_, rest)| rest);
    assert!(said.contains("ConfigMap") && report.len() < said.len(), "{said}");

    is_mended(&world);
}

/// Kubernetes would wait for the pod for ever: iriskit replaces it by one of the mended template, as its plan says.
fn is_mended(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    let plan = world.plan("standalone.yaml", &[]);
    let change = plan.change("StatefulSet/standalone-data");
    let pods: Vec<_> = change.impact.pods.iter().map(|pod| (pod.pod.as_str(), pod.rule)).collect();
    assert_eq!(pods, [("standalone-data-0", Some(RuleId::StuckPodReplaced))]);
    assert!(change.steps.iter().any(|step| matches!(step, Step::ReplaceStuckPods { .. })), "{:?}", change.steps);
    let said = world.apply("standalone.yaml", &["--timeout", "60s"]);
    assert!(said.contains("pod standalone-data-0 deleted") && said.contains("as planned"), "{said}");
    world.no_changes("standalone.yaml", &[]);
}

#[test]
fn a_pod_without_a_node_is_replaced_when_its_template_is_mended() {
    let Some(world) = World::on_the_control_plane() else { return };
    let nowhere = "      podTemplate: {spec: {nodeSelector: {nowhere: \"yes\"}}}\n";
    world.env.write("standalone.yaml", &STANDALONE.replace("    data:\n", &format!("    data:\n{nowhere}")));
    let failed = world.iriskit(&["apply", "standalone.yaml", "--auto-approve", "--timeout", "4s"]);
    assert!(failed.code == Some(5) && failed.stdout.contains("affinity/selector"), "{failed}");
    is_mended(&world);
}

#[test]
fn an_interrupted_run_stops_and_the_next_goes_on() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("standalone.yaml", &held());
    let child = world.started(&["apply", "standalone.yaml", "--auto-approve"]);
    world.until("the pod", || world.find("pods/standalone-data-0"));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let cut = Output::of(child.wait_with_output().unwrap());
    assert_eq!(cut.code, Some(130), "{cut}");
    assert!(cut.to_string().contains("iriskit apply standalone.yaml"), "{cut}");
    assert!(world.find("services/standalone").is_none(), "{cut}");

    world.let_go("standalone-data-0");
    let plan = world.plan("standalone.yaml", &[]);
    assert_eq!(plan.changed(), ["Service/standalone create"]);
    world.apply("standalone.yaml", &[]);
    world.no_changes("standalone.yaml", &[]);
}

#[test]
fn a_load_balancer_without_an_address_is_a_warning() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("standalone.yaml", &STANDALONE.replace("NodePort", "LoadBalancer"));
    let said = world.apply("standalone.yaml", &[]);
    assert!(said.contains("address"), "{said}");
    assert_eq!(world.get("services/standalone")["status"]["loadBalancer"], Value::Object(serde_json::Map::new()));
    world.no_changes("standalone.yaml", &[]);
}

#[test]
fn a_run_that_waits_too_long_names_what_it_waits_for() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("standalone.yaml", &held());
    let late = world.iriskit(&["apply", "standalone.yaml", "--auto-approve", "--timeout", "2s"]);
    assert_eq!(late.code, Some(5), "{late}");
    assert!(late.stderr.contains("standalone-data") && late.stdout.contains("timed out after 2 s"), "{late}");
}
