//! What can hurt needs an allowance by name; without it nothing is written.

use iriskit_state::plan::{ImpactClass, ServiceUntil};
use serde_json::Value;

use super::harness::{
    manifests::{MIRRORED, STANDALONE},
    world::{LABELER, World},
};

everywhere!(
    restarting_a_primary_has_to_be_allowed,
    an_outage_has_to_be_allowed,
    another_release_has_to_be_allowed_and_an_older_one_is_refused,
    making_an_object_again_has_to_be_allowed,
    old_volumes_are_used_again_only_when_that_is_allowed,
    data_goes_only_when_that_is_allowed_and_confirmed,
);

/// Applies without an allowance: exit code 6, its name, and no write.
#[track_caller]
fn refused(world: &World, args: &[&str], id: &str, name: &str) {
    let before = world.versions();
    let mark = world.plane().map(|plane| (plane, plane.audit_mark()));
    let refused = world.iriskit(args);
    assert_eq!(refused.code, Some(6), "{refused}");
    assert!(refused.stderr.contains(&format!("error[{id}]")) && refused.stderr.contains(name), "{refused}");
    assert_eq!(world.versions(), before, "{refused}");
    let Some((plane, mark)) = mark else { return };
    let ours = plane.audit_since(mark, "iriskit/").into_iter().filter(|entry| entry.namespace == world.namespace());
    let writes = ours.filter(|entry| !["get", "list", "watch"].contains(&entry.verb.as_str()) && !entry.dry_run);
    assert_eq!(writes.collect::<Vec<_>>(), []);
}

const UNAPPROVED: &str = "allowance-missing";

fn restarting_a_primary_has_to_be_allowed(world: &World) {
    world.env.write("mirrored.yaml", MIRRORED);
    let apply = ["apply", "mirrored.yaml", "--auto-approve", "--labeler-image", LABELER];
    assert_eq!(world.iriskit(&apply).code, Some(0));
    world.pair("mirrored-data-0");
    world.env.write("mirrored.yaml", &MIRRORED.replace("iris:2024.1\n", "iris:2024.1.1\n"));
    refused(world, &apply, UNAPPROVED, "--allow restart-primary");
    let other = [&apply[..], &["--allow", "replace,reuse-data,delete-data,roll-blind"]].concat();
    refused(world, &other, UNAPPROVED, "--allow restart-primary");
}

fn with_image(world: &World, tag: &str) {
    world
        .env
        .write("standalone.yaml", &STANDALONE.replace("iris-community:2024.1\n", &format!("iris-community:{tag}\n")));
}

fn an_outage_has_to_be_allowed(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    with_image(world, "2024.1.1");
    let plan = world.plan("standalone.yaml", &[]);
    assert_eq!(plan.allowances(), ["outage"]);
    let impact = &plan.change("StatefulSet/standalone-data").impact;
    assert_eq!(impact.class, ImpactClass::Outage);
    let lost: Vec<_> = impact.services.iter().map(|one| (one.pod.as_str(), one.until)).collect();
    assert_eq!(lost, [("standalone-data-0", ServiceUntil::PodReady)]);
    refused(world, &["apply", "standalone.yaml", "--auto-approve"], UNAPPROVED, "--allow outage");
    world.apply("standalone.yaml", &["--allow", "outage"]);
    world.no_changes("standalone.yaml", &[]);
}

fn another_release_has_to_be_allowed_and_an_older_one_is_refused(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    with_image(world, "2025.1");
    let apply = ["apply", "standalone.yaml", "--auto-approve", "--allow", "outage"];
    refused(world, &apply, UNAPPROVED, "--allow major-upgrade");
    world.apply("standalone.yaml", &["--allow", "outage,major-upgrade"]);
    with_image(world, "2024.1");
    let before = world.versions();
    let older = world.iriskit(&[&apply[..], &["--allow", "major-upgrade"]].concat());
    assert_eq!(older.code, Some(1), "{older}");
    for told in ["error[image-downgrade]", "2025.1", "2024.1"] {
        assert!(older.to_string().contains(told), "nothing of {told}: {older}");
    }
    assert_eq!(world.versions(), before);
}

const FIXED: &str = "\
---
apiVersion: v1
kind: ConfigMap
metadata: {name: fixed}
immutable: true
data: {a: one}
";

fn making_an_object_again_has_to_be_allowed(world: &World) {
    let manifest = format!("{STANDALONE}{FIXED}");
    world.env.write("standalone.yaml", &manifest);
    world.apply("standalone.yaml", &[]);
    let old = world.get("configmaps/fixed");
    world.env.write("standalone.yaml", &manifest.replace("a: one", "a: two"));
    let plan = world.plan("standalone.yaml", &[]);
    assert_eq!(plan.changed(), ["ConfigMap/fixed delete create"]);
    assert_eq!(plan.allowances(), ["replace"]);
    refused(world, &["apply", "standalone.yaml", "--auto-approve"], UNAPPROVED, "--allow replace");
    world.apply("standalone.yaml", &["--allow", "replace"]);
    let new = world.get("configmaps/fixed");
    assert_eq!(new["data"]["a"], "two");
    assert_ne!(new["metadata"]["uid"], old["metadata"]["uid"]);
    world.no_changes("standalone.yaml", &[]);
}

fn old_volumes_are_used_again_only_when_that_is_allowed(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    let destroyed = world.iriskit(&["destroy", "standalone", "--auto-approve"]);
    assert_eq!(destroyed.code, Some(0), "{destroyed}");
    let volumes = uids(world);
    assert!(!volumes.is_empty());
    let plan = world.plan("standalone.yaml", &[]);
    assert_eq!(plan.allowances(), ["reuse-data"]);
    assert_eq!(plan.0.impact.volumes_reused, volumes.len());
    refused(world, &["apply", "standalone.yaml", "--auto-approve"], UNAPPROVED, "--allow reuse-data");
    world.apply("standalone.yaml", &["--allow", "reuse-data"]);
    assert_eq!(uids(world), volumes);
    world.no_changes("standalone.yaml", &[]);
}

fn data_goes_only_when_that_is_allowed_and_confirmed(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    let destroy = ["destroy", "standalone", "--auto-approve", "--allow", "delete-data"];
    refused(world, &destroy, "confirmation-missing", "--confirm standalone");
    let wrong = [&destroy[..], &["--confirm", "other"]].concat();
    refused(world, &wrong, "confirmation-missing", "--confirm standalone");
    let unapproved = ["destroy", "standalone", "--allow", "delete-data", "--confirm", "standalone"];
    refused(world, &unapproved, "approval-missing", "--auto-approve");
    let gone = world.iriskit(&[&destroy[..], &["--confirm", "standalone"]].concat());
    assert_eq!(gone.code, Some(0), "{gone}");
    world.until("the end of the volumes", || world.list("persistentvolumeclaims").is_empty().then_some(()));
    world.is_as_new();
}

fn uids(world: &World) -> Vec<Value> {
    world.list("persistentvolumeclaims").iter().map(|claim| claim["metadata"]["uid"].clone()).collect()
}
