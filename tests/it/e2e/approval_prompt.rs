//! The question between a plan and the cluster.

use std::{process::Command, time::Duration};

use expectrl::process::unix::WaitStatus;
use expectrl::{Eof, Expect as _, Session};

use super::harness::{manifests::STANDALONE, world::World};

everywhere!(
    without_a_terminal_nothing_is_approved,
    a_typed_yes_approves_and_anything_else_declines,
    data_goes_when_the_name_is_typed,
);

fn without_a_terminal_nothing_is_approved(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    let before = world.versions();
    let refused = world.iriskit(&["apply", "standalone.yaml"]);
    assert!(refused.code == Some(6) && refused.stderr.contains("error[approval-missing]"), "{refused}");
    assert!(refused.stdout.contains("StatefulSet"), "the plan was shown: {refused}");
    assert_eq!(world.versions(), before);
}

/// Runs in a terminal, answers each question that ends with "approval: ", and gives what was seen and the exit code.
fn answering(command: Command, answers: &[&str]) -> (String, i32) {
    let mut session = Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    let mut seen = String::new();
    for answer in answers {
        let before = session.expect("approval: ").unwrap();
        seen.push_str(&String::from_utf8_lossy(before.as_bytes()));
        session.send_line(answer).unwrap();
    }
    let rest = session.expect(Eof).unwrap();
    seen.push_str(&String::from_utf8_lossy(rest.as_bytes()));
    match session.get_process().wait().unwrap() {
        WaitStatus::Exited(_, code) => (seen, code),
        other => panic!("{other:?}: {seen}"),
    }
}

fn a_typed_yes_approves_and_anything_else_declines(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    let before = world.versions();
    for answer in ["no", "y", "YES", ""] {
        let (seen, code) = answering(world.command(&["apply", "standalone.yaml"]), &[answer]);
        assert!(code == 1 && seen.contains("error[declined]"), "{answer}: {code} {seen}");
    }
    assert_eq!(world.versions(), before);
    let (seen, code) = answering(world.command(&["apply", "standalone.yaml"]), &["yes"]);
    assert_eq!(code, 0, "{seen}");
    world.no_changes("standalone.yaml", &[]);
    let (seen, code) = answering(world.command(&["destroy", "standalone"]), &["yes"]);
    assert_eq!(code, 0, "{seen}");
    assert!(world.find("statefulsets/standalone-data").is_none(), "{seen}");
}

fn data_goes_when_the_name_is_typed(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    let destroy = ["destroy", "standalone", "--allow", "delete-data"];
    let (seen, code) = answering(world.command(&destroy), &["yes"]);
    assert!(code == 1 && seen.contains("error[declined]"), "{code} {seen}");
    assert!(!world.list("persistentvolumeclaims").is_empty());
    let (seen, code) = answering(world.command(&destroy), &["standalone", "yes"]);
    assert_eq!(code, 0, "{seen}");
    world.until("the end of the volumes", || world.list("persistentvolumeclaims").is_empty().then_some(()));
    world.is_as_new();
}
