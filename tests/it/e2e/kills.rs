//! The real binary, killed after any of its requests: the next run comes to the end of one that was never disturbed.
//!
//! `IRISKIT_KILLS=all` plays every second point (a command of its own), otherwise a few of them are played.

use std::{
    collections::BTreeMap,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::harness::{
    manifests::STANDALONE,
    world::{World, name_of},
};
use crate::support::env::Output;

/// Points of a deed that are played without being asked for.
const SAMPLE: usize = 2;

#[derive(Debug, Clone, Copy)]
enum Deed {
    Create,
    Update,
    Destroy,
}

impl Deed {
    fn args(self) -> &'static [&'static str] {
        match self {
            Self::Create | Self::Update => {
                &["apply", "standalone.yaml", "--auto-approve", "--allow", "outage", "--lock-timeout", "2m"]
            }
            Self::Destroy => &["destroy", "standalone", "--auto-approve", "--lock-timeout", "2m"],
        }
    }

    /// What there is before it.
    fn prepare(self, world: &World) {
        world.env.write("standalone.yaml", STANDALONE);
        if !matches!(self, Self::Create) {
            world.apply("standalone.yaml", &[]);
        }
        if matches!(self, Self::Update) {
            let changed =
                STANDALONE.replace("    data:\n", "    data:\n      podTemplate: {metadata: {annotations: {a: b}}}\n");
            world.env.write("standalone.yaml", &changed);
        }
    }
}

fn started(world: &World, args: &[&str]) -> Child {
    let mut command = world.command(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Names of everything, and uids of claims.
fn everything(world: &World) -> (Vec<String>, BTreeMap<String, Value>) {
    let mut names = Vec::new();
    for kind in ["configmaps", "services", "serviceaccounts", "statefulsets", "roles", "rolebindings", "pods"] {
        names.extend(world.names(kind).into_iter().map(|name| format!("{kind}/{name}")));
    }
    let claims = world.list("persistentvolumeclaims");
    (names, claims.iter().map(|claim| (name_of(claim).to_owned(), claim["metadata"]["uid"].clone())).collect())
}

/// Removes the cluster with its volumes, for the next point.
fn clear(world: &World) {
    let gone = world.iriskit(&[
        "destroy",
        "standalone",
        "--auto-approve",
        "--allow",
        "delete-data",
        "--confirm",
        "standalone",
        "--lock-timeout",
        "2m",
    ]);
    assert!(gone.code == Some(0) || gone.stderr.contains("no-record"), "{gone}");
    world.until("an empty namespace", || world.names("pods").is_empty().then_some(()));
}

/// The deed, killed after so many of its requests were answered. `false` when it had ended before.
fn killed(world: &World, deed: Deed, after: usize) -> bool {
    let plane = world.plane().expect("on the control plane");
    let from = plane.audit_end();
    let mut child = started(world, deed.args());
    let begun = Instant::now();
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if plane.answered(from, "iriskit/", world.namespace()) >= after {
            child.kill().unwrap();
            let _ = child.wait();
            return true;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{deed:?} after {after}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_binary_that_is_killed_anywhere_is_followed_by_one_that_ends_its_work() {
    let Some(world) = World::on_the_control_plane() else { return };
    let all = std::env::var("IRISKIT_KILLS").is_ok_and(|kills| kills == "all");
    let mut points = 0;
    for deed in [Deed::Create, Deed::Update, Deed::Destroy] {
        let plane = world.plane().expect("on the control plane");
        deed.prepare(&world);
        let from = plane.audit_end();
        let undisturbed = Output::of(started(&world, deed.args()).wait_with_output().unwrap());
        assert_eq!(undisturbed.code, Some(0), "{undisturbed}");
        let requests = plane.answered(from, "iriskit/", world.namespace());
        let (expected, _) = everything(&world);
        clear(&world);
        let step = if all { 2 } else { (requests / SAMPLE).max(1) };
        let mut at = step / 2 + 1;
        while at < requests {
            deed.prepare(&world);
            let (_, claims) = everything(&world);
            if killed(&world, deed, at) {
                points += 1;
                let mut again = world.iriskit(deed.args());
                if again.code == Some(3) {
                    // What the killed run deleted went between plan and check, which is told: plan again.
                    again = world.iriskit(deed.args());
                }
                let nothing_left = matches!(deed, Deed::Destroy) && again.stderr.contains("no-record");
                assert!(again.code == Some(0) || nothing_left, "{deed:?} killed after {at}: {again}");
                if !matches!(deed, Deed::Destroy) {
                    world.no_changes("standalone.yaml", &[]);
                }
                let (found, now) = everything(&world);
                assert_eq!(found, expected, "{deed:?} killed after {at}: {again}");
                assert!(claims.iter().all(|(claim, uid)| now.get(claim) == Some(uid)), "{deed:?} killed after {at}");
            }
            clear(&world);
            at += step;
        }
    }
    assert!(points >= if all { 60 } else { 3 }, "{points}");
}
