//! Conflicts of server-side apply: who is named, and how.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{config_map, set, version, with},
};

cases! {
    an_applied_value_conflicts,
    an_updated_value_conflicts,
    several_conflicts_are_told_at_once,
    a_field_with_two_owners_counts_twice,
    our_own_update_conflicts_with_our_apply,
    another_spelling_of_a_quantity_conflicts,
    conflicts_name_items_by_their_keys,
    a_refused_apply_changes_nothing,
    a_duplicate_that_was_updated_conflicts,
}

fn data(data: &Value) -> Value {
    config_map("c", data)
}

fn an_applied_value_conflicts(ctx: &Ctx) {
    ctx.apply_as("helm", "configmaps/c", &data(&json!({"a": "1"}))).created();
    let refusal = ctx
        .apply("configmaps/c", &data(&json!({"a": "2"})))
        .refused(409, "Conflict")
        .message("Apply failed with 1 conflict: conflict with \"helm\": .data.a")
        .about("", "", "");
    assert_eq!(
        refusal.status["details"],
        json!({"causes": [{"reason": "FieldManagerConflict", "message": "conflict with \"helm\"", "field": ".data.a"}]})
    );
}

fn an_updated_value_conflicts(ctx: &Ctx) {
    ctx.post("configmaps?fieldManager=kubectl-create", &data(&json!({"a": "1"}))).created();
    ctx.apply("configmaps/c", &data(&json!({"a": "2"})))
        .refused(409, "Conflict")
        .message("Apply failed with 1 conflict: conflict with \"kubectl-create\" using v1: .data.a")
        .causes(&["FieldManagerConflict @ .data.a"]);
}

fn several_conflicts_are_told_at_once(ctx: &Ctx) {
    ctx.apply_as("x", "configmaps/c", &data(&json!({"a": "1", "b": "1"}))).created();
    ctx.merge("configmaps/c?fieldManager=z", &json!({"data": {"c": "1"}})).ok();
    ctx.apply("configmaps/c", &data(&json!({"a": "2", "b": "2", "c": "2"})))
        .refused(409, "Conflict")
        .message(
            "Apply failed with 3 conflicts: conflicts with \"x\":\n- .data.a\n- .data.b\nconflicts with \"z\" using v1:\n- .data.c",
        )
        .causes(&["FieldManagerConflict @ .data.a", "FieldManagerConflict @ .data.b", "FieldManagerConflict @ .data.c"]);
}

fn a_field_with_two_owners_counts_twice(ctx: &Ctx) {
    ctx.apply_as("x", "configmaps/c", &data(&json!({"a": "1"}))).created();
    ctx.apply_as("y", "configmaps/c", &data(&json!({"a": "1"}))).ok();
    ctx.apply("configmaps/c", &data(&json!({"a": "2"})))
        .refused(409, "Conflict")
        .message("Apply failed with 2 conflicts: conflicts with \"x\":\n- .data.a\nconflicts with \"y\":\n- .data.a")
        .causes(&["FieldManagerConflict @ .data.a", "FieldManagerConflict @ .data.a"]);
}

fn our_own_update_conflicts_with_our_apply(ctx: &Ctx) {
    ctx.apply("configmaps/c", &data(&json!({"a": "1"}))).created();
    ctx.merge("configmaps/c?fieldManager=iriskit", &json!({"data": {"a": "2"}})).ok();
    ctx.apply("configmaps/c", &data(&json!({"a": "1"})))
        .refused(409, "Conflict")
        .message("Apply failed with 1 conflict: conflict with \"iriskit\" using v1: .data.a");
}

fn another_spelling_of_a_quantity_conflicts(ctx: &Ctx) {
    let body = |cpu: &str| {
        with(
            set("s"),
            json!({"spec": {"replicas": 0, "template": {"spec": {"containers": [
                {"name": "iris", "image": "iris:1", "resources": {"requests": {"cpu": cpu}}},
            ]}}}}),
        )
    };
    ctx.apply_as("helm", "statefulsets/s", &body("1000m")).created();
    let settled = ctx.until_is("statefulsets/s", |set| set["status"]["observedGeneration"] == 1);
    let cpu = "/spec/template/spec/containers/0/resources/requests/cpu";
    assert_eq!(settled.pointer(cpu), Some(&json!("1")), "as the server spells it");
    assert_eq!(ctx.apply_as("helm", "statefulsets/s", &body("1000m")).ok(), settled);
    ctx.apply("statefulsets/s", &body("1")).ok();
    ctx.apply("statefulsets/s", &body("1000m")).refused(409, "Conflict").message(
        "Apply failed with 1 conflict: conflict with \"helm\": .spec.template.spec.containers[name=\"iris\"].resources.requests.cpu",
    );
}

fn conflicts_name_items_by_their_keys(ctx: &Ctx) {
    let body = |port: &str, secret: &str| {
        with(
            set("s"),
            json!({"spec": {"replicas": 0, "template": {"spec": {
                "containers": [{
                    "name": "iris", "image": "iris:1", "ports": [{"name": port, "containerPort": 80}],
                    "env": [{"name": "K", "valueFrom": {"secretKeyRef": {"name": secret, "key": "k"}}}],
                }],
            }}}}),
        )
    };
    ctx.apply_as("helm", "statefulsets/s", &body("a", "x")).created();
    ctx.apply("statefulsets/s", &body("b", "y")).refused(409, "Conflict").causes(&[
        "FieldManagerConflict @ .spec.template.spec.containers[name=\"iris\"].env[name=\"K\"].valueFrom.secretKeyRef",
        "FieldManagerConflict @ .spec.template.spec.containers[name=\"iris\"].ports[containerPort=80,protocol=\"TCP\"].name",
    ]);
}

fn a_refused_apply_changes_nothing(ctx: &Ctx) {
    let made = ctx.apply_as("helm", "configmaps/c", &data(&json!({"a": "1"}))).created();
    ctx.apply("configmaps/c?dryRun=All", &data(&json!({"a": "2", "b": "2"}))).refused(409, "Conflict");
    ctx.apply("configmaps/c", &data(&json!({"a": "2", "b": "2"}))).refused(409, "Conflict");
    let live = ctx.get("configmaps/c").ok();
    assert_eq!((&live, version(&live)), (&made, version(&made)));
}

/// Lists with a duplicate come in by POST only.
fn a_duplicate_that_was_updated_conflicts(ctx: &Ctx) {
    let env = |env: Value| {
        with(
            set("s"),
            json!({"spec": {"replicas": 0, "template": {"spec": {"containers": [{"name": "iris", "image": "iris:1", "env": env}]}}}}),
        )
    };
    let twice = env(json!([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]));
    let made = ctx.post("statefulsets", &twice);
    assert!(!made.warnings().is_empty(), "hides previous definition");
    made.created();
    ctx.apply("statefulsets/s", &env(json!([{"name": "A", "value": "3"}]))).refused(409, "Conflict");
    let forced = ctx.force("statefulsets/s", &env(json!([{"name": "A", "value": "3"}]))).ok();
    assert_eq!(forced["spec"]["template"]["spec"]["containers"][0]["env"], json!([{"name": "A", "value": "3"}]));
}
