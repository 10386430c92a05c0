//! Changes that somebody else made on the cluster.

use iriskit_state::plan::Origin;
use serde_json::json;

use super::harness::{manifests::STANDALONE, world::World};

everywhere!(
    drift_is_shown_and_taken_back,
    what_others_own_is_left_alone,
    a_field_that_another_holds_stops_the_plan,
    a_deleted_object_is_made_again,
    an_object_that_is_not_ours_stops_the_plan,
);

fn applied(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
}

fn drift_is_shown_and_taken_back(world: &World) {
    applied(world);
    world.edit("services/standalone", &json!({"spec": {"type": "ClusterIP"}}));
    world.edit("statefulsets/standalone-data", &json!({"spec": {"replicas": 2}}));
    let plan = world.plan("standalone.yaml", &[]);
    assert_eq!(plan.changed(), ["StatefulSet/standalone-data update", "Service/standalone update"]);
    let fields = &plan.change("Service/standalone").fields;
    let field = fields.iter().find(|field| field.path == "spec.type").unwrap_or_else(|| panic!("{fields:?}"));
    assert_eq!((field.origin, field.by.as_deref()), (Origin::Drift, Some("kubectl-edit")));
    assert_eq!((&field.before, &field.after), (&json!("ClusterIP"), &json!("NodePort")));
    let drifted: Vec<_> = plan.0.resource_drift.iter().map(|drift| (drift.name.as_str(), drift.taken_back)).collect();
    assert_eq!(drifted, [("standalone-data", true), ("standalone", true)]);
    let text = world.iriskit(&["plan", "standalone.yaml"]).success();
    assert!(text.contains("kubectl-edit") && text.contains("spec.type"), "{text}");
    world.apply("standalone.yaml", &[]);
    assert_eq!(world.get("services/standalone")["spec"]["type"], "NodePort");
    assert_eq!(world.get("statefulsets/standalone-data")["spec"]["replicas"], 1);
    assert!(world.find("pods/standalone-data-1").is_none());
    world.no_changes("standalone.yaml", &[]);
}

fn what_others_own_is_left_alone(world: &World) {
    applied(world);
    world.edit("services/standalone", &json!({"metadata": {"labels": {"team": "a"}}}));
    world.edit("statefulsets/standalone-data", &json!({"metadata": {"annotations": {"note": "b"}}}));
    world.no_changes("standalone.yaml", &[]);
    // Not by an apply that has something to do there, either.
    let louder = STANDALONE.replace("type: NodePort", "type: LoadBalancer");
    world.env.write("standalone.yaml", &louder);
    world.apply("standalone.yaml", &[]);
    assert_eq!(world.get("services/standalone")["metadata"]["labels"]["team"], "a");
    assert_eq!(world.get("statefulsets/standalone-data")["metadata"]["annotations"]["note"], "b");
}

const COMPANION: &str = "\
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: one}
";

fn a_field_that_another_holds_stops_the_plan(world: &World) {
    world.env.write("standalone.yaml", &format!("{STANDALONE}{COMPANION}"));
    world.apply("standalone.yaml", &[]);
    let theirs = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"b": "theirs"},
    });
    world.take("other-tool", "configmaps/settings", &theirs);
    world.no_changes("standalone.yaml", &[]);
    world.env.write("standalone.yaml", &format!("{STANDALONE}{COMPANION}").replace("a: one", "a: one, b: two"));
    let before = world.versions();
    let held = world.iriskit(&["apply", "standalone.yaml", "--auto-approve"]);
    assert_eq!(held.code, Some(1), "{held}");
    for told in ["error[field-held]", "data.b", "other-tool"] {
        assert!(held.to_string().contains(told), "nothing of {told}: {held}");
    }
    assert_eq!(world.versions(), before);
}

fn a_deleted_object_is_made_again(world: &World) {
    applied(world);
    world.delete("services/standalone");
    world.delete("configmaps/standalone-data");
    let plan = world.plan("standalone.yaml", &[]);
    assert_eq!(plan.changed(), ["ConfigMap/standalone-data create", "Service/standalone create"]);
    world.apply("standalone.yaml", &[]);
    world.no_changes("standalone.yaml", &[]);
}

fn an_object_that_is_not_ours_stops_the_plan(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.make(
        "configmaps",
        &json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "standalone-data"}, "data": {"a": "b"},
        }),
    );
    let before = world.versions();
    let refused = world.iriskit(&["apply", "standalone.yaml", "--auto-approve"]);
    assert!(refused.code == Some(1) && refused.to_string().contains("not-ours"), "{refused}");
    assert_eq!(world.versions(), before);
}
