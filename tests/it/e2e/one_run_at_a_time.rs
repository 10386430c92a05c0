//! Two users at once, and runs that are stopped or killed.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command},
};

use super::harness::{
    manifests::{STANDALONE, held},
    world::World,
};
use crate::support::env::Output;

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn of_two_applies_one_works_and_the_other_is_told_who() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("standalone.yaml", &held());
    let first = world.started(&["apply", "standalone.yaml", "--auto-approve"]);
    world.until("the pod", || world.find("pods/standalone-data-0"));
    for command in [&["apply", "standalone.yaml", "--auto-approve"][..], &["destroy", "standalone", "--auto-approve"]] {
        let second = world.iriskit(command);
        assert_eq!(second.code, Some(4), "{second}");
        assert!(second.stderr.contains("error[locked]") && second.stderr.contains("(apply, plan "), "{second}");
        assert!(second.stderr.contains("iriskit lock status standalone"), "{second}");
    }
    let plan = world.plan("standalone.yaml", &[]);
    assert_eq!(plan.notes("another-run").len(), 1, "{:?}", plan.0.notes);
    let status = world.iriskit(&["lock", "status", "standalone"]).success();
    assert!(status.contains("/standalone: held by ") && status.contains("renewed"), "{status}");

    // A third one waits, and then finds nothing to do.
    let third = world.started(&["apply", "standalone.yaml", "--auto-approve", "--lock-timeout", "60s"]);
    world.let_go("standalone-data-0");
    let first = Output::of(first.wait_with_output().unwrap());
    assert_eq!(first.code, Some(0), "{first}");
    let third = Output::of(third.wait_with_output().unwrap());
    assert!(third.code == Some(0) && third.stdout.contains("No changes"), "{third}");
    let status = world.iriskit(&["lock", "status"]).success();
    assert!(status.contains("/standalone: free; last held by "), "{status}");

    let gone = world.destroy_with_data("standalone", &[]);
    assert_eq!(gone.code, Some(0), "{gone}");
    assert!(world.find("leases/standalone-iriskit").is_none(), "the lock goes with the last volume");
}

#[test]
fn of_two_applies_that_start_together_one_ends_with_4() {
    let Some(world) = World::on_the_control_plane() else { return };
    for round in 0..3 {
        let name = format!("standalone-{round}");
        world.env.write("standalone.yaml", &held().replace("standalone", &name));
        let mut both = [(); 2].map(|()| world.started(&["apply", "standalone.yaml", "--auto-approve"]));
        // Whoever works can't end before it is let go.
        let second =
            world.until("one of them to end", || both.iter_mut().position(|child| child.try_wait().unwrap().is_some()));
        let [one, other] = both;
        let (first, second) = if second == 0 { (other, one) } else { (one, other) };
        let second = Output::of(second.wait_with_output().unwrap());
        assert_eq!(second.code, Some(4), "{second}");
        world.until("the pod", || world.find(&format!("pods/{name}-data-0")));
        world.let_go(&format!("{name}-data-0"));
        let first = Output::of(first.wait_with_output().unwrap());
        assert_eq!(first.code, Some(0), "{first}");
        world.no_changes("standalone.yaml", &[]);
    }
}

#[test]
fn a_run_that_was_killed_leaves_a_lock_that_the_next_takes_over() {
    let Some(world) = World::on_the_control_plane() else { return };
    world.env.write("standalone.yaml", &held());
    let mut first = world.started(&["apply", "standalone.yaml", "--auto-approve"]);
    world.until("the pod", || world.find("pods/standalone-data-0"));
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(world.get("leases/standalone-iriskit")["spec"]["holderIdentity"].is_string());
    world.let_go("standalone-data-0");
    let said = world.apply("standalone.yaml", &["--lock-timeout", "2m"]);
    assert!(said.contains("ended without letting it go"), "{said}");
    world.no_changes("standalone.yaml", &[]);
}

#[test]
fn every_signal_that_ends_a_run_lets_its_lock_go_and_says_how_to_go_on() {
    let Some(world) = World::on_the_control_plane() else { return };
    for (round, (name, twice)) in
        [("-INT", false), ("-TERM", false), ("-HUP", false), ("-INT", true)].into_iter().enumerate()
    {
        let file = format!("standalone-{round}.yaml");
        world.env.write(&file, &held().replace("standalone", &format!("standalone-{round}")));
        let mut child = world.started(&["apply", &file, "--auto-approve"]);
        let stderr = BufReader::new(child.stderr.take().unwrap());
        world.until("the pod", || world.find(&format!("pods/standalone-{round}-data-0")));
        signal(&child, name);
        let mut said = String::new();
        for line in stderr.lines() {
            let line = line.unwrap();
            if twice && line.starts_with("Stopping.") {
                signal(&child, name);
            }
            said.push_str(&line);
            said.push('\n');
        }
        let ended = Output::of(child.wait_with_output().unwrap());
        assert_eq!(ended.code, Some(130), "{name} {said} {ended}");
        assert!(said.contains("Stopping. No further change is sent"), "{said}");
        assert!(ended.stdout.contains("unfinished  StatefulSet"), "{ended}");
        let go_on = ended.stdout.lines().find_map(|line| line.strip_prefix("To continue:  ")).unwrap();
        for part in [&format!("iriskit apply {file}"), "--kubeconfig", "--context", "--namespace", world.namespace()] {
            assert!(go_on.contains(part), "no {part} in {go_on}");
        }
        let lock = world.get(&format!("leases/standalone-{round}-iriskit"));
        assert!(lock["spec"].get("holderIdentity").is_none(), "{name}: {lock}");
    }
}

#[test]
fn a_sandbox_that_is_in_use_is_locked() {
    let world = World::in_the_sandbox();
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    let folder = world.env.path().join("sandbox");
    let _held = {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _context = runtime.enter();
        iriskit_sandbox::Sandbox::open(Some(&folder)).unwrap()
    };
    let sandbox = format!("--sandbox={}", folder.display());
    for args in [&["plan", "standalone.yaml"][..], &["apply", "standalone.yaml", "--lock-timeout", "1s"]] {
        let busy = world.env.iriskit(&[args, &[&sandbox]].concat());
        assert_eq!(busy.code, Some(4), "{busy}");
    }
}
