//! Runs that don't come to their end, and the next ones, which go on.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::harness::{manifests::STANDALONE, world::World};
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

    // A new template does not replace a pod that never became ready: that is for somebody to do.
    world.env.write("standalone.yaml", STANDALONE);
    world.edit("pods/standalone-data-0", &json!({"metadata": {"annotations": {"iriskit-test/fail": null}}}));
    world.apply("standalone.yaml", &["--allow", "outage"]);
    world.no_changes("standalone.yaml", &[]);
}

#[test]
fn an_interrupted_run_stops_and_the_next_goes_on() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("standalone.yaml", &asking("iriskit-test/hold", "true"));
    let mut command = world.command(&["apply", "standalone.yaml", "--auto-approve"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    world.until("the pod", || world.find("pods/standalone-data-0"));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let cut = Output::of(child.wait_with_output().unwrap());
    assert_eq!(cut.code, Some(130), "{cut}");
    assert!(cut.to_string().contains("iriskit apply standalone.yaml"), "{cut}");
    assert!(world.find("services/standalone").is_none(), "{cut}");

    let release = json!({"metadata": {"annotations": {"iriskit-test/hold": null}}});
    world.edit("pods/standalone-data-0", &release);
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
    world.env.write("standalone.yaml", &asking("iriskit-test/hold", "true"));
    let late = world.iriskit(&["apply", "standalone.yaml", "--auto-approve", "--timeout", "2s"]);
    assert_eq!(late.code, Some(5), "{late}");
    assert!(late.stderr.contains("standalone-data") && late.stderr.contains("2 s"), "{late}");
}
