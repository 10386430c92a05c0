//! `iriskit lock`: who works is told, and a lock is freed only as it was looked at.

use std::time::Duration;

use expectrl::{Eof, Expect as _, Session, process::unix::WaitStatus};
use iriskit_state::{
    history::HistoryReport,
    lock::{LockHolder, LockReport, LockState},
    record::RunOutcome,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::harness::{manifests::STANDALONE, world::World};

everywhere!(
    a_free_lock_is_left_as_it_is,
    a_lock_that_is_held_needs_an_approval,
    a_lock_that_was_left_is_freed_without_a_question,
    what_runs_did_is_told_to_programs,
);

const LEASE: &str = "leases/one-iriskit";
/// The holder of a lock as it was ever written.
const HOLDER: &str = include_str!("../../../state/fixtures/lock-1.0.json");

fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// The Lease of cluster `one`, renewed at this moment by a run of another machine.
fn hold(world: &World, renewed: &str) -> LockHolder {
    let holder = LockHolder::parse(HOLDER.trim()).unwrap();
    let spec =
        json!({"holderIdentity": holder.id, "leaseDurationSeconds": 60, "renewTime": renewed, "acquireTime": renewed});
    let metadata = json!({"name": "one-iriskit", "annotations": {"iriskit/lock-holder": HOLDER.trim()}});
    world.make("leases", &json!({"metadata": metadata, "spec": spec}));
    holder
}

fn is_held(world: &World) -> bool {
    world.get(LEASE)["spec"].get("holderIdentity").is_some()
}

/// What `lock status -o json` says.
fn status(world: &World, names: &[&str]) -> LockReport {
    let output = world.iriskit(&[&["lock", "status", "-o", "json"], names].concat());
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"))
}

fn a_free_lock_is_left_as_it_is(world: &World) {
    assert_eq!(status(world, &[]).clusters, [], "nobody ever worked");
    let free = world.iriskit(&["lock", "release", "one"]).success();
    assert!(free.contains("/one: free") && world.find(LEASE).is_none(), "{free}");
    hold(world, &now());
    let freed = world.iriskit(&["lock", "release", "one", "--auto-approve"]).success();
    let before = world.get(LEASE)["metadata"]["resourceVersion"].clone();
    let again = world.iriskit(&["lock", "release", "one", "--auto-approve"]).success();
    assert!(again.contains("/one: free; last held by jane on ci-7"), "{freed} {again}");
    assert_eq!(world.get(LEASE)["metadata"]["resourceVersion"], before, "nothing was written");
}

fn a_lock_that_is_held_needs_an_approval(world: &World) {
    let holder = hold(world, &now());
    let report = status(world, &["one", "other"]);
    assert_eq!((report.namespace.as_str(), report.format_version.as_str()), (world.namespace(), "1.0"));
    let [one, other] = report.clusters.as_slice() else { panic!("{report:?}") };
    assert_eq!(
        (one.state, one.holder.as_ref(), one.identity.as_ref()),
        (LockState::Held, Some(&holder), Some(&holder.id))
    );
    assert!(one.renewed.is_some());
    assert_eq!((other.name.as_str(), other.state, other.holder.as_ref()), ("other", LockState::Free, None));
    let refused = world.iriskit(&["lock", "release", "one"]);
    assert!(refused.code == Some(6) && refused.stderr.contains("error[approval-missing]"), "{refused}");
    assert!(is_held(world), "{refused}");
    let freed = world.iriskit(&["lock", "release", "one", "--auto-approve"]).success();
    assert!(
        freed.contains("Freed the lock of ") && freed.contains("held by jane on ci-7 (apply, plan 001122334455"),
        "{freed}"
    );
    assert!(!is_held(world));
    assert_eq!(status(world, &[]).clusters[0].state, LockState::Free);
}

fn a_lock_that_was_left_is_freed_without_a_question(world: &World) {
    hold(world, "2026-01-01T00:00:00.000000Z");
    assert_eq!(status(world, &[]).clusters[0].state, LockState::Expired);
    let freed = world.iriskit(&["lock", "release", "one"]).success();
    assert!(freed.contains("left by jane on ci-7") && !is_held(world), "{freed}");
}

/// Frees the lock with an answer that is typed after others did something.
fn released_while(world: &World, meanwhile: impl FnOnce()) -> (String, i32) {
    let mut session = Session::spawn(world.command(&["lock", "release", "one"])).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    session.expect("approval: ").unwrap();
    meanwhile();
    session.send_line("yes").unwrap();
    let rest = session.expect(Eof).unwrap();
    let said = String::from_utf8_lossy(rest.as_bytes()).into_owned();
    match session.get_process().wait().unwrap() {
        WaitStatus::Exited(_, code) => (said, code),
        other => panic!("{other:?}: {said}"),
    }
}

#[test]
fn a_lock_that_is_renewed_while_the_question_stands_is_freed_and_that_of_another_run_is_not() {
    let Some(world) = World::on_the_control_plane() else { return };
    hold(&world, &now());
    let (said, code) = released_while(&world, || {
        world.edit(LEASE, &json!({"spec": {"renewTime": now()}}));
    });
    assert!(code == 0 && !is_held(&world), "{code} {said}");

    let taken = |id: &str| json!({"spec": {"holderIdentity": id, "leaseDurationSeconds": 60, "renewTime": now()}});
    world.edit(LEASE, &taken("b2"));
    let (said, code) = released_while(&world, || {
        world.edit(LEASE, &taken("c3"));
    });
    assert!(code == 4 && said.contains("error[locked]") && said.contains("c3"), "{code} {said}");
    assert_eq!(world.get(LEASE)["spec"]["holderIdentity"], "c3");

    let (said, code) = released_while(&world, || {
        world.edit(LEASE, &json!({"spec": {"holderIdentity": Value::Null}}));
    });
    assert!(code == 0 && said.contains("has let it go"), "{code} {said}");
}

fn what_runs_did_is_told_to_programs(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    let read = |output: String| -> HistoryReport { serde_json::from_str(&output).unwrap() };
    let report = read(world.iriskit(&["history", "-o", "json"]).success());
    assert_eq!((report.namespace.as_str(), report.format_version.as_str()), (world.namespace(), "1.0"));
    let [cluster] = report.clusters.as_slice() else { panic!("{report:?}") };
    assert_eq!((cluster.name.as_str(), &cluster.run), ("standalone", &None));
    let [run] = cluster.history.as_slice() else { panic!("{cluster:?}") };
    assert_eq!((run.operation.as_str(), run.outcome, run.made), ("apply", RunOutcome::Done, run.changes));
    assert!(run.changes == 3 && run.done.iter().any(|address| address.starts_with("StatefulSet/")), "{run:?}");
    let kept = world.iriskit(&["destroy", "standalone", "--auto-approve"]);
    assert_eq!(kept.code, Some(0), "{kept}");
    let after = read(world.iriskit(&["history", "standalone", "-o", "json"]).success());
    let operations: Vec<_> = after.clusters[0].history.iter().map(|run| run.operation.as_str()).collect();
    assert_eq!(operations, ["apply", "destroy"], "the oldest first");
    let missing = world.iriskit(&["history", "nosuch", "-o", "json"]);
    assert!(missing.code == Some(1) && missing.stderr.contains("error[no-record]"), "{missing}");
}
