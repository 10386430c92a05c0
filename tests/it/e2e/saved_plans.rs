//! Plans that are saved, approved by somebody, and applied: exactly, once, or not at all.

use serde_json::json;

use super::harness::{manifests::STANDALONE, world::World};

everywhere!(
    a_saved_plan_is_shown_and_applied_once,
    what_moved_since_makes_it_stale,
    what_was_destroyed_does_not_come_back_by_its_old_plan,
    an_altered_byte_is_refused,
    a_plan_for_another_cluster_is_refused,
    a_namespace_made_again_is_another_one,
    an_expired_plan_is_refused,
    a_manifest_that_changed_since_changes_nothing,
    a_secret_that_changed_since_is_refused,
);

/// Plans `standalone.yaml` into `p.plan`.
fn saved(world: &World, manifest: &str) {
    world.env.write("standalone.yaml", manifest);
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]);
    assert_eq!(saved.code, Some(0), "{saved}");
}

/// Applies `p.plan`, which has to be refused so, with nothing written.
#[track_caller]
fn refused(world: &World, code: i32, id: &str) -> String {
    let before = world.versions();
    let refused = world.iriskit(&["apply", "p.plan", "--allow", "outage"]);
    assert!(refused.code == Some(code) && refused.stderr.contains(&format!("error[{id}]")), "{refused}");
    assert_eq!(world.versions(), before, "something was written: {refused}");
    refused.stderr
}

fn a_saved_plan_is_shown_and_applied_once(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]).success();
    let shown = world.env.iriskit(&["show", "p.plan"]).success();
    assert_eq!(saved, shown);
    assert_eq!(world.env.iriskit(&["show", "p.plan", "--json"]).success(), world.env.read("p.plan"));
    let applied = world.iriskit(&["apply", "p.plan"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    world.no_changes("standalone.yaml", &[]);
    refused(world, 3, "plan-used");
}

fn what_moved_since_makes_it_stale(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
    saved(world, &STANDALONE.replace("iris-community:2024.1\n", "iris-community:2024.1.1\n"));
    world.edit("services/standalone", &json!({"spec": {"type": "ClusterIP"}}));
    let stale = refused(world, 3, "plan-stale");
    for told in ["Service", "standalone", "spec.type", "NodePort", "ClusterIP", "kubectl-edit"] {
        assert!(stale.contains(told), "nothing of {told}: {stale}");
    }
    assert!(!stale.contains("StatefulSet"), "only what moved: {stale}");
    // What others did to fields that are nobody's business does not count.
    world.edit("services/standalone", &json!({"spec": {"type": "NodePort"}}));
    world.edit("services/standalone", &json!({"metadata": {"labels": {"team": "a"}}}));
    let applied = world.iriskit(&["apply", "p.plan", "--allow", "outage"]);
    assert_eq!(applied.code, Some(0), "{applied}");
}

fn what_was_destroyed_does_not_come_back_by_its_old_plan(world: &World) {
    saved(world, STANDALONE);
    let applied = world.iriskit(&["apply", "p.plan"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    let gone = world.destroy_with_data("standalone", &[]);
    assert_eq!(gone.code, Some(0), "{gone}");
    assert_eq!(world.names("persistentvolumeclaims"), Vec::<String>::new());
    refused(world, 3, "plan-used");
    world.apply("standalone.yaml", &[]);
}

fn an_altered_byte_is_refused(world: &World) {
    saved(world, STANDALONE);
    let plan = world.env.read("p.plan");
    world.env.write("p.plan", &plan.replacen("NodePort", "nodePort", 1));
    refused(world, 1, "plan-altered");
}

fn a_plan_for_another_cluster_is_refused(world: &World) {
    let other = World::in_the_sandbox();
    if other.namespace() != world.namespace() {
        other.another_namespace(world.namespace());
    }
    other.env.write("standalone.yaml", STANDALONE);
    let args = ["plan", "standalone.yaml", "-o", "p.plan", "--namespace", world.namespace()];
    let saved = other.command_in_no_namespace(&args).output().unwrap();
    assert!(saved.status.success(), "{saved:?}");
    world.env.write("standalone.yaml", STANDALONE);
    world.env.write("p.plan", &other.env.read("p.plan"));
    refused(world, 3, "other-cluster");
}

fn a_namespace_made_again_is_another_one(world: &World) {
    let name = world.another_namespace("again");
    world.env.write(
        "standalone.yaml",
        &STANDALONE.replace("name: standalone", &format!("name: standalone\n  namespace: {name}")),
    );
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan"]);
    assert_eq!(saved.code, Some(0), "{saved}");
    let namespace = format!("/api/v1/namespaces/{name}");
    world.delete(&namespace);
    world.until("the end of the namespace", || world.find(&namespace).is_none().then_some(()));
    world.make("/api/v1/namespaces", &json!({"metadata": {"name": name}}));
    refused(world, 3, "other-cluster");
}

fn an_expired_plan_is_refused(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    // Times in plans are whole seconds: this one is over at once.
    let saved = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan", "--plan-lifetime", "1ms"]);
    assert_eq!(saved.code, Some(0), "{saved}");
    refused(world, 3, "plan-expired");
}

fn a_manifest_that_changed_since_changes_nothing(world: &World) {
    saved(world, STANDALONE);
    world.env.write("standalone.yaml", &STANDALONE.replace("NodePort", "LoadBalancer"));
    let applied = world.iriskit(&["apply", "p.plan"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(world.get("services/standalone")["spec"]["type"], "NodePort");
}

const SECRET: &str = "\
---
apiVersion: v1
kind: Secret
metadata: {name: door}
data: {key: c2VzYW1l}
";

fn a_secret_that_changed_since_is_refused(world: &World) {
    let manifest = format!("{STANDALONE}{SECRET}");
    saved(world, &manifest);
    world.env.write("standalone.yaml", &manifest.replace("c2VzYW1l", "b3RoZXI="));
    let text = refused(world, 3, "secret-values");
    assert!(text.contains("door") && !text.contains("b3RoZXI=") && !text.contains("c2VzYW1l"), "{text}");
    // Given again, wherever it is now, it secret_values the hole.
    world.env.write("elsewhere.yaml", &manifest);
    let applied = world.iriskit(&["apply", "p.plan", "elsewhere.yaml"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(world.get("secrets/door")["data"]["key"], "c2VzYW1l");
}
