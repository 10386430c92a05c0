//! What is protected is neither deleted nor replaced; nothing is written while such a thing is planned.

use serde_json::{Value, json};

use super::harness::{manifests::STANDALONE, world::World};

everywhere!(
    a_protected_object_is_not_replaced,
    a_protected_object_is_not_removed,
    a_protected_cluster_is_not_destroyed,
    a_protected_volume_keeps_all_volumes,
    protection_that_came_after_the_plan_counts,
);

const FIXED: &str = "\
---
apiVersion: v1
kind: ConfigMap
metadata: {name: fixed}
immutable: true
data: {a: one}
";

fn applied(world: &World) -> String {
    let manifest = format!("{STANDALONE}{FIXED}");
    world.env.write("standalone.yaml", &manifest);
    world.apply("standalone.yaml", &[]);
    manifest
}

fn protect(world: &World, tail: &str, value: &Value) {
    world.edit(tail, &json!({"metadata": {"annotations": {"iriskit/protect": value}}}));
}

/// Ends with 6, says what is protected by whom and how to lift it, and writes nothing.
#[track_caller]
fn refused(world: &World, args: &[&str], told: &[&str]) {
    let before = world.versions();
    let refused = world.iriskit(args);
    assert_eq!(refused.code, Some(6), "{refused}");
    for told in [&["error[protected]", "protected by kubectl-edit", "iriskit/protect-"], told].concat() {
        assert!(refused.stderr.contains(told), "nothing of {told}: {refused}");
    }
    assert_eq!(world.versions(), before, "{refused}");
}

fn a_protected_object_is_not_replaced(world: &World) {
    let manifest = applied(world);
    protect(world, "configmaps/fixed", &json!("until the audit is over"));
    world.no_changes("standalone.yaml", &[]);
    let wanted = manifest.replace("a: one", "a: two").replace("type: NodePort", "type: LoadBalancer");
    world.env.write("standalone.yaml", &wanted);
    let plan = world.plan("standalone.yaml", &[]);
    let namespace = world.namespace();
    let address = format!("ConfigMap/{namespace}/fixed");
    let [found] = plan.0.blocked.as_slice() else { panic!("{:?}", plan.0.blocked) };
    assert_eq!((&found.address, &found.protected), (&address, &address));
    assert_eq!(found.by.as_deref(), Some("kubectl-edit"));
    assert!(found.at.is_some());
    assert_eq!(plan.0.apply_flags, "--allow replace");
    let text = world.iriskit(&["plan", "standalone.yaml"]).success();
    assert!(text.contains("blocked: protected by kubectl-edit") && text.contains("--allow replace"), "{text}");
    refused(world, &["apply", "standalone.yaml", "--auto-approve", "--allow", "replace"], &["ConfigMap", "fixed"]);
    // Neither by a plan that was saved.
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]);
    assert_eq!(saved.code, Some(0), "{saved}");
    refused(world, &["apply", "p.plan", "--allow", "replace"], &["fixed"]);
    protect(world, "configmaps/fixed", &Value::Null);
    world.apply("standalone.yaml", &["--allow", "replace"]);
    assert_eq!(world.get("configmaps/fixed")["data"]["a"], "two");
    world.no_changes("standalone.yaml", &[]);
}

fn a_protected_object_is_not_removed(world: &World) {
    applied(world);
    protect(world, "configmaps/fixed", &json!("true"));
    world.env.write("standalone.yaml", STANDALONE);
    refused(world, &["apply", "standalone.yaml", "--auto-approve"], &["fixed"]);
    protect(world, "configmaps/fixed", &json!("false"));
    world.apply("standalone.yaml", &[]);
    assert!(world.find("configmaps/fixed").is_none());
}

fn a_protected_cluster_is_not_destroyed(world: &World) {
    applied(world);
    protect(world, "services/standalone", &json!("true"));
    let destroy = ["destroy", "standalone", "--auto-approve"];
    refused(world, &destroy, &["Service", "standalone"]);
    protect(world, "services/standalone", &Value::Null);
    // On its record it counts for all that it has.
    protect(world, "configmaps/standalone-iriskit", &json!("true"));
    refused(world, &destroy, &["StatefulSet", "through ConfigMap", "standalone-iriskit"]);
    // What deletes nothing goes on, and keeps it.
    world.env.write("standalone.yaml", &format!("{STANDALONE}{FIXED}").replace("NodePort", "LoadBalancer"));
    world.apply("standalone.yaml", &[]);
    refused(world, &destroy, &["standalone-iriskit"]);
    protect(world, "configmaps/standalone-iriskit", &Value::Null);
    let destroyed = world.iriskit(&destroy);
    assert_eq!(destroyed.code, Some(0), "{destroyed}");
}

fn a_protected_volume_keeps_all_volumes(world: &World) {
    applied(world);
    let claims = world.names("persistentvolumeclaims");
    protect(world, &format!("persistentvolumeclaims/{}", claims[0]), &json!("true"));
    let destroy = ["destroy", "standalone", "--auto-approve", "--allow", "delete-data", "--confirm", "standalone"];
    refused(world, &destroy, &[claims[0].as_str()]);
    let without = world.iriskit(&["destroy", "standalone", "--auto-approve"]);
    assert_eq!(without.code, Some(0), "{without}");
    assert_eq!(world.names("persistentvolumeclaims"), claims);
}

fn protection_that_came_after_the_plan_counts(world: &World) {
    let manifest = applied(world);
    world.env.write("standalone.yaml", &manifest.replace("a: one", "a: two"));
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]);
    assert_eq!(saved.code, Some(0), "{saved}");
    protect(world, "configmaps/fixed", &json!("true"));
    refused(world, &["apply", "p.plan", "--allow", "replace"], &["fixed"]);
}
