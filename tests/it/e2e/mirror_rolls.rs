//! A new image for a mirror pair: the backup first, wherever the primary is.

use std::{collections::BTreeMap, process::Stdio};

use iriskit_state::plan::{ActionReason, NoteId, PodEffect, Role, RuleId};
use serde_json::{Value, json};

use super::harness::{
    history::{History, in_order},
    manifests::MIRRORED,
    planned::Planned,
    world::{LABELER, World, is_ready, name_of},
};

everywhere!(
    the_backup_goes_first_when_it_is_the_second_member,
    the_backup_goes_first_when_it_is_the_first_member,
    a_roll_pauses_before_the_primary_and_goes_on,
    a_partition_of_somebody_else_keeps_pods_back,
);

const IMAGE: [&str; 2] = ["--labeler-image", LABELER];
const SET: &str = "mirrored-data-0";
/// The image after the change.
const NEW: &str = "containers.intersystems.com/intersystems/iris:2024.1.1";
const FIRST: &str = "mirrored-data-0-0";
const SECOND: &str = "mirrored-data-0-1";

fn the_backup_goes_first_when_it_is_the_second_member(world: &World) {
    pair(world);
    roll(world, FIRST, SECOND);
}

fn the_backup_goes_first_when_it_is_the_first_member(world: &World) {
    pair(world);
    world.fail_over(SET);
    roll(world, SECOND, FIRST);
}

/// Pausing is no failure: what the plan said was done. The flag can't be given to a saved plan any more.
fn a_roll_pauses_before_the_primary_and_goes_on(world: &World) {
    pair(world);
    new_image(world);
    let old = uids(world);
    let pausing = [&IMAGE[..], &["--pause-before", "primary"]].concat();
    let plan = world.plan("mirrored.yaml", &pausing);
    assert_eq!((plan.allowances(), plan.0.impact.primary_moves), (vec![], 0));
    let said = world.apply("mirrored.yaml", &pausing);
    assert_eq!(deleted(&said), [format!("{SECOND} (backup)")], "{said}");
    assert!(said.contains("Paused before the primary of mirrored-data-0"), "{said}");
    assert!(said.contains("To continue:  iriskit apply mirrored.yaml --auto-approve --labeler-image"), "{said}");
    let now = uids(world);
    assert!(now[FIRST] == old[FIRST] && now[SECOND] != old[SECOND], "{said}");
    assert_eq!(world.pair(SET), FIRST);
    world.no_changes("mirrored.yaml", &pausing);

    let plan = world.plan("mirrored.yaml", &IMAGE);
    let change = plan.change("StatefulSet/mirrored-data-0");
    assert_eq!(change.action_reason, Some(ActionReason::PodsOutdated));
    assert_eq!((plan.allowances(), plan.0.impact.primary_moves), (vec!["restart-primary"], 2));
    let rest = [&IMAGE[..], &["--allow", "restart-primary"]].concat();
    let saved = world.iriskit(&[&["plan", "mirrored.yaml", "-o", "rest.plan"], &IMAGE[..]].concat());
    assert_eq!(saved.code, Some(0), "{saved}");
    let refused = world.iriskit(&["apply", "rest.plan", "--pause-before", "primary", "--allow", "restart-primary"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("error[planned-already]"), "{refused}");
    let said = world.apply("mirrored.yaml", &rest);
    assert_eq!(deleted(&said), [format!("{FIRST} (primary)"), format!("{SECOND} (primary)")], "{said}");
    assert!(!said.contains("Paused"), "{said}");
    world.no_changes("mirrored.yaml", &IMAGE);
}

/// What somebody set on the set is left alone, and the plan says what comes of it.
fn a_partition_of_somebody_else_keeps_pods_back(world: &World) {
    const GATEWAYS: &str = "StatefulSet/mirrored-webgateway";
    let three = MIRRORED.replace("replicas: 1\n", "replicas: 3\n");
    world.env.write("mirrored.yaml", &three);
    world.apply("mirrored.yaml", &IMAGE);
    assert_eq!(world.pair(SET), FIRST);
    let limit = |partition: u32| {
        let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}});
        world.edit("statefulsets/mirrored-webgateway", &json!({"spec": {"updateStrategy": strategy}}));
    };
    limit(2);
    world.no_changes("mirrored.yaml", &IMAGE);
    world.env.write("mirrored.yaml", &three.replace("webgateway:2024.1\n", "webgateway:2024.1.1\n"));
    let plan = world.plan("mirrored.yaml", &IMAGE);
    let restarts = |plan: &Planned| -> Vec<String> {
        plan.change(GATEWAYS).impact.pods.iter().map(|pod| pod.pod.clone()).collect()
    };
    assert_eq!(restarts(&plan), ["mirrored-webgateway-2"]);
    assert!(plan.0.notes.iter().any(|note| note.id == NoteId::PodsOutdated && note.message.contains("partition")));
    // A saved plan counts on the partition that it saw.
    let saved = world.iriskit(&[&["plan", "mirrored.yaml", "-o", "three.plan"], &IMAGE[..]].concat());
    assert_eq!(saved.code, Some(0), "{saved}");
    limit(3);
    let stale = world.iriskit(&["apply", "three.plan", "--auto-approve"]);
    assert!(stale.code == Some(3) && stale.to_string().contains("partition"), "{stale}");
    limit(2);
    world.apply("mirrored.yaml", &IMAGE);
    world.no_changes("mirrored.yaml", &IMAGE);
}

/// A pair whose first member is primary.
fn pair(world: &World) {
    world.env.write("mirrored.yaml", MIRRORED);
    world.apply("mirrored.yaml", &IMAGE);
    assert_eq!(world.pair(SET), FIRST);
}

fn new_image(world: &World) {
    world.env.write("mirrored.yaml", &MIRRORED.replace("iris:2024.1\n", "iris:2024.1.1\n"));
}

fn roll(world: &World, primary: &str, backup: &str) {
    assert_eq!(world.pair(SET), primary);
    new_image(world);
    let plan = world.plan("mirrored.yaml", &IMAGE);
    assert_eq!(plan.changed(), ["StatefulSet/mirrored-data-0 update"]);
    assert_eq!(plan.allowances(), ["restart-primary"]);
    let change = plan.change("StatefulSet/mirrored-data-0");
    let pods: Vec<_> =
        change.impact.pods.iter().map(|pod| (pod.pod.as_str(), pod.role.map(Role::as_str), pod.effect)).collect();
    let restarts = PodEffect::Restarts;
    // A new version: both are primary once in it.
    let primary_now = Some("primary");
    assert_eq!(
        pods,
        [(backup, Some("backup"), restarts), (primary, primary_now, restarts), (backup, primary_now, restarts)]
    );
    assert_eq!(change.impact.primary_moves, 2);

    let old = uids(world);
    let seen = world.plane().map(|plane| History::of(world, plane));
    let said = world.apply("mirrored.yaml", &[&IMAGE[..], &["--allow", "restart-primary"]].concat());
    assert_eq!(
        deleted(&said),
        [format!("{backup} (backup)"), format!("{primary} (primary)"), format!("{backup} (primary)")],
        "{said}"
    );
    let new = uids(world);
    assert!([primary, backup].iter().all(|pod| old[*pod] != new[*pod]), "{old:?} {new:?}");
    assert_eq!(world.pair(SET), primary, "the role moved twice");
    world.no_changes("mirrored.yaml", &IMAGE);

    let Some(seen) = seen else { return };
    let [primary_pod, backup_pod] = [primary, backup].map(|pod| format!("Pod/{pod}"));
    let is_new = |pod: &Value| pod["spec"]["containers"][0]["image"] == NEW;
    let could_take_over = |pod: &Value| {
        is_new(pod) && is_ready(pod) && status(pod)["status"] == "Backup" && status(pod)["journal"] == "Active"
    };
    let once_more = |pod: &Value| is_new(pod) && is_ready(pod) && pod["metadata"]["deletionTimestamp"].is_string();
    in_order(
        &seen,
        &[
            ("the backup goes", seen.going(world, &backup_pod)),
            ("the backup is back and caught up", seen.first(world, &backup_pod, could_take_over)),
            ("the primary goes", seen.going(world, &primary_pod)),
            ("it is back and caught up", seen.first(world, &primary_pod, could_take_over)),
            ("the new primary goes", seen.first(world, &backup_pod, once_more)),
        ],
    );
    one_is_always_up(&seen.pods(SET), &old);
}

/// What was deleted, with its role, in the order in which it was told.
fn deleted(said: &str) -> Vec<String> {
    let pod = |line: &str| Some(line.split_once("pod ")?.1.strip_suffix(" deleted")?.to_owned());
    said.lines().filter_map(pod).collect()
}

/// Replays the history: at every moment a member is ready.
#[track_caller]
fn one_is_always_up(history: &[(Value, bool)], before: &BTreeMap<String, String>) {
    let mut up: BTreeMap<&str, bool> = before.keys().map(|pod| (pod.as_str(), true)).collect();
    for (pod, gone) in history {
        let going = *gone || pod["metadata"]["deletionTimestamp"].is_string();
        up.insert(name_of(pod), !going && is_ready(pod));
        assert!(up.values().any(|up| *up), "nobody was up when {pod}");
    }
}

#[test]
fn a_backup_that_does_not_catch_up_stops_the_roll() {
    let Some(world) = World::on_the_control_plane() else { return };
    pair(&world);
    let old = uids(&world);
    new_image(&world);
    world.hold_catch_up(true);
    let allowed = [&IMAGE[..], &["--allow", "restart-primary"]].concat();
    let cut = world.iriskit(&[&["apply", "mirrored.yaml", "--auto-approve", "--timeout", "6s"], &allowed[..]].concat());
    assert_eq!(cut.code, Some(5), "{cut}");
    assert!(cut.to_string().contains("atching up"), "it says why: {cut}");
    let now = uids(&world);
    assert!(now[FIRST] == old[FIRST] && now[SECOND] != old[SECOND], "the primary was touched: {cut}");
    assert_eq!(world.roles()[FIRST], "primary");

    let plan = world.plan("mirrored.yaml", &IMAGE);
    assert_eq!(plan.changed(), ["StatefulSet/mirrored-data-0 update"]);
    let change = plan.change("StatefulSet/mirrored-data-0");
    assert_eq!(change.action_reason, Some(ActionReason::PodsOutdated));
    let pods: Vec<_> = change.impact.pods.iter().map(|pod| pod.pod.as_str()).collect();
    assert_eq!(pods, [FIRST, SECOND], "the backup is new already, and will have been primary");
    world.hold_catch_up(false);
    let said = world.apply("mirrored.yaml", &allowed);
    assert_eq!(deleted(&said), [format!("{FIRST} (primary)"), format!("{SECOND} (primary)")], "{said}");
    world.no_changes("mirrored.yaml", &IMAGE);
}

/// A template that is written and not rolled would be taken over by the next pod that dies.
#[test]
fn a_mirror_that_is_not_whole_is_not_written() {
    let Some(world) = World::on_the_control_plane() else { return };
    pair(&world);
    world.hold_catch_up(true);
    let first = uids(&world);
    world.delete(&format!("pods/{SECOND}"));
    world.until("a backup that catches up", || {
        let pod = world.find(&format!("pods/{SECOND}"))?;
        (uid(&pod) != first[SECOND] && is_ready(&pod) && status(&pod)["status"] == "Backup").then_some(())
    });
    let old = uids(&world);
    new_image(&world);
    let plan = world.plan("mirrored.yaml", &IMAGE);
    let note = plan.0.notes.iter().find(|note| note.id == NoteId::MirrorNotWhole).expect("a warning");
    assert!(note.message.starts_with(&format!("{SECOND} is Failover Backup, journal transfer")), "{}", note.message);
    let allowed = [&IMAGE[..], &["--allow", "restart-primary"]].concat();
    let refused =
        world.iriskit(&[&["apply", "mirrored.yaml", "--auto-approve", "--timeout", "4s"], &allowed[..]].concat());
    assert_eq!(refused.code, Some(5), "{refused}");
    let said = refused.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("the mirror is not whole") && said.contains("the StatefulSet was not written"), "{said}");
    assert_eq!(uids(&world), old);
    let image = world.get(&format!("statefulsets/{SET}"))["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    assert_ne!(image, NEW);
    world.hold_catch_up(false);
    assert_eq!(world.pair(SET), FIRST);
    world.apply("mirrored.yaml", &allowed);
    world.no_changes("mirrored.yaml", &IMAGE);
}

/// The rule that a roll begins with a whole mirror does not stand in the way of what cures it.
#[test]
fn a_change_that_cures_a_member_goes_on_though_the_mirror_is_not_whole() {
    let Some(world) = World::on_the_control_plane() else { return };
    pair(&world);
    let old = uids(&world);
    let broken = "podTemplate:\n        metadata: {annotations: {iriskit-test/fail: ImagePullBackOff}}\n";
    world.env.write("mirrored.yaml", &MIRRORED.replacen("podTemplate:\n", broken, 1));
    let allowed = [&IMAGE[..], &["--allow", "restart-primary"]].concat();
    let cut = world.iriskit(&[&["apply", "mirrored.yaml", "--auto-approve", "--timeout", "6s"], &allowed[..]].concat());
    assert!(cut.code == Some(5) && cut.to_string().contains("ImagePullBackOff"), "{cut}");
    world.env.write("mirrored.yaml", MIRRORED);
    let plan = world.plan("mirrored.yaml", &IMAGE);
    assert!(plan.0.notes.iter().all(|note| note.id != NoteId::MirrorNotWhole), "{:?}", plan.0.notes);
    let said = world.apply("mirrored.yaml", &IMAGE);
    assert_eq!(deleted(&said), [SECOND.to_owned()], "{said}");
    assert_eq!(uids(&world)[FIRST], old[FIRST]);
    world.no_changes("mirrored.yaml", &IMAGE);
}

/// All members are new when the run is killed, and no pod tells that one more fail-over was to come.
#[test]
fn an_upgrade_that_is_killed_before_its_last_fail_over_is_ended_by_the_next_apply() {
    let Some(world) = World::on_the_control_plane() else { return };
    pair(&world);
    let old = uids(&world);
    new_image(&world);
    let allowed = [&IMAGE[..], &["--allow", "restart-primary"]].concat();
    let mut command = world.command(&[&["apply", "mirrored.yaml", "--auto-approve"], &allowed[..]].concat());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    world.until("the end of the old primary", || {
        let pod = world.find(&format!("pods/{FIRST}"));
        pod.is_none_or(|pod| uid(&pod) != old[FIRST] || pod["metadata"]["deletionTimestamp"].is_string()).then_some(())
    });
    world.hold_catch_up(true);
    world.until("the old primary as a backup", || {
        let pod = world.find(&format!("pods/{FIRST}"))?;
        (uid(&pod) != old[FIRST] && is_ready(&pod) && status(&pod)["status"] == "Backup").then_some(())
    });
    child.kill().unwrap();
    child.wait().unwrap();
    world.hold_catch_up(false);
    assert_eq!(world.pair(SET), SECOND);
    let new = uids(&world);

    let plan = world.plan("mirrored.yaml", &IMAGE);
    assert_eq!(plan.changed(), ["StatefulSet/mirrored-data-0 update"]);
    let change = plan.change("StatefulSet/mirrored-data-0");
    assert_eq!(change.action_reason, Some(ActionReason::UpgradeUnfinished));
    let pods: Vec<_> = change.impact.pods.iter().map(|pod| (pod.pod.as_str(), pod.rule.map(RuleId::as_str))).collect();
    assert_eq!((pods, plan.allowances()), (vec![(SECOND, Some("both-primary"))], vec!["restart-primary"]));
    let said = world.apply("mirrored.yaml", &allowed);
    assert_eq!(deleted(&said), [format!("{SECOND} (primary)")], "{said}");
    let now = uids(&world);
    assert!(now[FIRST] == new[FIRST] && now[SECOND] != new[SECOND], "{said}");
    assert_eq!(world.pair(SET), FIRST);
    world.no_changes("mirrored.yaml", &IMAGE);
}

fn uid(object: &Value) -> &str {
    object["metadata"]["uid"].as_str().expect("a uid")
}

fn uids(world: &World) -> BTreeMap<String, String> {
    let members = [FIRST, SECOND].map(|pod| world.get(&format!("pods/{pod}")));
    members.iter().map(|pod| (name_of(pod).to_owned(), uid(pod).to_owned())).collect()
}

fn status(pod: &Value) -> Value {
    let text = pod["metadata"]["annotations"]["iriskit/mirror-status"].as_str().unwrap_or("null");
    serde_json::from_str(text).unwrap()
}
