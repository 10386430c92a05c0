//! The real binary, killed after any of its requests: the next run comes to the end of one that was never disturbed.
//!
//! `IRISKIT_KILLS=all` plays every second point (a command of its own), otherwise a few of them are played.

use std::{
    collections::BTreeMap,
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
    let gone = world.destroy_with_data("standalone", &["--lock-timeout", "2m"]);
    assert!(gone.code == Some(0) || gone.stderr.contains("no-record"), "{gone}");
    world.until("an empty namespace", || world.names("pods").is_empty().then_some(()));
}

/// The deed, killed after so many of its requests were answered. `false` when it had ended before.
fn killed(world: &World, deed: Deed, after: usize) -> bool {
    let plane = world.plane().expect("on the control plane");
    let from = plane.audit_end();
    let mut child = world.started(deed.args());
    let begun = Instant::now();
    loop {
        if child.try_wait().unwrap().is_some() {
            let ended = Output::of(child.wait_with_output().unwrap());
            assert_eq!(ended.code, Some(0), "{deed:?}, not killed after {after}: {ended}");
            return false;
        }
        if plane.answered(from, "iriskit/", world.namespace()) >= after {
            child.kill().unwrap();
            let ended = Output::of(child.wait_with_output().unwrap());
            // It may have come to its end at this very moment.
            assert!(matches!(ended.code, None | Some(0)), "{deed:?} killed after {after}: {ended}");
            return ended.code.is_none();
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
        let undisturbed = Output::of(world.started(deed.args()).wait_with_output().unwrap());
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
