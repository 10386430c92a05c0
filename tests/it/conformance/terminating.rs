//! Objects that are being deleted: finalizers hold them.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{config_map, set_of, version, with},
};

cases! {
    a_finalizer_keeps_an_object,
    an_object_that_is_being_deleted_can_be_applied,
    the_last_finalizer_ends_an_object,
    no_finalizer_can_be_added_to_what_is_being_deleted,
    a_second_deletion_changes_the_policy,
    a_pod_is_deleted_gracefully,
}

fn kept(ctx: &Ctx) -> Value {
    let body = with(config_map("c", &json!({"a": "1"})), json!({"metadata": {"finalizers": ["x.io/a", "x.io/b"]}}));
    ctx.apply("configmaps/c", &body).created();
    ctx.delete("configmaps/c", &Value::Null).ok()
}

fn a_finalizer_keeps_an_object(ctx: &Ctx) {
    let answer = kept(ctx);
    assert_eq!((&answer["kind"], &answer["metadata"]["deletionGracePeriodSeconds"]), (&json!("ConfigMap"), &json!(0)));
    assert!(answer["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(ctx.get("configmaps/c").ok(), answer);
    let again = ctx.delete("configmaps/c", &Value::Null).ok();
    assert_eq!(again["metadata"]["deletionTimestamp"], answer["metadata"]["deletionTimestamp"]);
    ctx.post("configmaps", &config_map("c", &json!({})))
        .refused(409, "AlreadyExists")
        .message("object is being deleted: configmaps \"c\" already exists");
}

fn an_object_that_is_being_deleted_can_be_applied(ctx: &Ctx) {
    let deleted = kept(ctx);
    let body = with(config_map("c", &json!({"a": "2"})), json!({"metadata": {"finalizers": ["x.io/a", "x.io/b"]}}));
    let applied = ctx.apply("configmaps/c", &body).ok();
    assert_eq!((&applied["data"]["a"], applied["metadata"]["deletionTimestamp"].is_string()), (&json!("2"), true));
    assert_ne!(version(&applied), version(&deleted));
    let kept = ctx.merge("configmaps/c", &json!({"metadata": {"deletionTimestamp": null}})).ok();
    assert!(kept["metadata"]["deletionTimestamp"].is_string(), "there is no way back");
}

fn the_last_finalizer_ends_an_object(ctx: &Ctx) {
    kept(ctx);
    let left = ctx.merge("configmaps/c", &json!({"metadata": {"finalizers": ["x.io/b"]}})).ok();
    assert_eq!(left["metadata"]["finalizers"], json!(["x.io/b"]));
    // By apply of a body without it as well.
    let applied = ctx.apply("configmaps/c", &config_map("c", &json!({"a": "1"})));
    assert_eq!(applied.code, 200);
    assert_eq!(ctx.get("configmaps/c").code, 404);
}

fn no_finalizer_can_be_added_to_what_is_being_deleted(ctx: &Ctx) {
    kept(ctx);
    ctx.merge("configmaps/c", &json!({"metadata": {"finalizers": ["x.io/a", "x.io/b", "x.io/c"]}}))
        .refused(422, "Invalid")
        .saying("no new finalizers can be added if the object is being deleted");
}

fn a_second_deletion_changes_the_policy(ctx: &Ctx) {
    let policy = |policy: &str| json!({"propagationPolicy": policy});
    let body = with(set_of("s", 0), json!({"metadata": {"finalizers": ["x.io/stay"]}}));
    ctx.post("statefulsets", &body).created();
    let finalizers = |set: &Value| {
        let mut all: Vec<String> =
            set["metadata"]["finalizers"].as_array().unwrap().iter().map(ToString::to_string).collect();
        all.sort();
        all.join(" ")
    };
    let first = ctx.delete("statefulsets/s", &policy("Foreground")).ok();
    assert_eq!(finalizers(&first), "\"foregroundDeletion\" \"x.io/stay\"");
    let second = ctx.delete("statefulsets/s", &policy("Orphan")).ok();
    assert_eq!(finalizers(&second), "\"orphan\" \"x.io/stay\"");
    ctx.delete("statefulsets/s", &policy("Sideways")).refused(422, "Invalid");
}

fn a_pod_is_deleted_gracefully(ctx: &Ctx) {
    // A finalizer of its own shows what would be gone in a moment.
    let held = with(set_of("s", 1), json!({"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 7}}}}));
    ctx.apply("statefulsets/s", &held).created();
    ctx.until_is("statefulsets/s", |set| set["status"]["readyReplicas"] == 1);
    ctx.merge("pods/s-0", &json!({"metadata": {"finalizers": ["x.io/stay"]}})).ok();
    let answer = ctx.delete("pods/s-0", &Value::Null).ok();
    assert_eq!((&answer["kind"], &answer["metadata"]["deletionGracePeriodSeconds"]), (&json!("Pod"), &json!(7)));
    let held = ctx.get("pods/s-0").ok();
    assert!(held["metadata"]["deletionTimestamp"].is_string());
    ctx.merge("pods/s-0", &json!({"metadata": {"finalizers": null}})).ok();
    ctx.until_is("pods/s-0", |pod| pod["metadata"]["uid"] != answer["metadata"]["uid"]);
}
