//! How runs end that do not end well, and what is said then.

use insta::assert_snapshot;

use crate::support::env::{Env, Output};

/// A stand-alone instance; `spec` goes into the data nodes.
fn instance(more: &str) -> String {
    format!(
        "apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {{name: one}}
spec:
  topology:
    data:
      image: iris:2023.3
{more}"
    )
}

/// A volume that nobody provides: the pod is never scheduled.
const STUCK: &str = "      storageDB: {storageClassName: nowhere, resources: {requests: {storage: 1Gi}}}\n";

fn apply(env: &Env, more: &[&str]) -> Output {
    env.iriskit(&[&["apply", "--sandbox"], more].concat())
}

#[test]
fn a_plan_is_applied_once() {
    let env = Env::new();
    env.write("one.yaml", &instance(""));
    let _ = env.iriskit(&["plan", "one.yaml", "--sandbox", "-o", "p.plan"]).success();
    assert!(apply(&env, &["p.plan"]).success().contains("Done: 4 created"));
    let again = apply(&env, &["p.plan"]);
    assert_eq!(again.code, Some(3), "{again}");
    assert_snapshot!(again.stderr);
}

#[test]
fn a_plan_whose_cluster_moved_is_refused_with_what_moved() {
    let env = Env::new();
    env.write("one.yaml", &instance(""));
    let _ = apply(&env, &["one.yaml", "--auto-approve"]).success();
    env.write("one.yaml", &instance("").replace("2023.3", "2023.3.1"));
    let _ = env.iriskit(&["plan", "one.yaml", "--sandbox", "-o", "p.plan"]).success();
    env.write("other.yaml", &instance("").replace("2023.3", "2023.3.2"));
    let _ = apply(&env, &["other.yaml", "--auto-approve", "--allow", "outage"]).success();
    let stale = apply(&env, &["p.plan", "--allow", "outage"]);
    assert_eq!(stale.code, Some(3), "{stale}");
    assert_snapshot!(stale.stderr);
}

#[test]
fn a_wait_that_takes_too_long_names_its_object_and_says_how_to_go_on() {
    let env = Env::new();
    env.write("one.yaml", &instance(STUCK));
    let output = apply(&env, &["one.yaml", "--auto-approve", "--timeout", "2s"]);
    assert_eq!(output.code, Some(5), "{output}");
    let report = output.stdout.split_once("Not done.").map(|(_, report)| report.to_owned()).unwrap_or_default();
    // Not the whole text: the newest warning event may come in a moment before or after the time is up.
    for words in [
        "done        Service iris-svc, ConfigMap one-data",
        "failed      StatefulSet one-data: timed out after",
        "0 of 1 pods ready; one-data-0 is not",
        "not begun   Service one",
        "To continue:  iriskit apply --sandbox one.yaml --auto-approve --timeout 2s",
    ] {
        assert!(report.contains(words), "{words}: {output}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_stops_before_its_next_write() {
    let env = Env::new();
    env.write("one.yaml", &instance(STUCK));
    let mut command = env.command(&["apply", "one.yaml", "--sandbox", "--auto-approve"]);
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    // The run is in the middle of its wait as soon as the StatefulSet is there.
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    assert!(lines.by_ref().any(|line| line.unwrap().contains("StatefulSet one-data  created")));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let output = child.wait_with_output().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130), "{report}{rest:?}");
    for words in [
        "unfinished  StatefulSet one-data",
        "not begun   Service one",
        "iriskit apply one.yaml --sandbox --auto-approve",
    ] {
        assert!(report.contains(words), "{words}: {report}");
    }
    assert!(rest.iter().any(|line| line.contains("error[interrupted]")), "{rest:?}");
}

#[test]
fn what_a_plan_needs_is_refused_by_name() {
    let env = Env::new();
    let mirrored = instance("      mirrored: true\n    arbiter: {image: arbiter:2023.3}\n");
    let args = ["--labeler-image", "iriskit:1", "--auto-approve"];
    env.write("one.yaml", &mirrored);
    let _ = apply(&env, &[&["one.yaml"][..], &args].concat()).success();
    env.write("one.yaml", &mirrored.replace("iris:2023.3", "iris:2023.3.1"));
    let refused = apply(&env, &[&["one.yaml"][..], &args].concat());
    assert_eq!(refused.code, Some(6), "{refused}");
    assert_snapshot!(refused.stderr);
    let allowed = apply(&env, &[&["one.yaml", "--allow", "restart-primary"][..], &args].concat());
    assert!(allowed.success().contains("Done: 0 created, 1 changed, 0 deleted."));
}
