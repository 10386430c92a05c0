//! Guards of writes: uid and resourceVersion.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{config_map, lease, uid, version, with},
};

const MODIFIED: &str = "the object has been modified; please apply your changes to the latest version and try again";

cases! {
    an_apply_with_an_old_version_is_refused,
    an_apply_with_another_uid_is_refused,
    an_apply_with_a_version_creates_what_is_missing,
    a_replacement_with_an_old_version_is_refused,
    a_patch_can_be_guarded,
    a_deletion_with_another_uid_is_refused,
    a_lease_needs_a_version,
}

fn map(a: &str) -> Value {
    config_map("c", &json!({"a": a}))
}

fn guarded(body: Value, guard: &Value) -> Value {
    with(body, json!({"metadata": guard}))
}

fn an_apply_with_an_old_version_is_refused(ctx: &Ctx) {
    let old = ctx.apply("configmaps/c", &map("1")).created();
    let new = ctx.apply("configmaps/c", &map("2")).ok();
    ctx.apply("configmaps/c", &guarded(map("3"), &json!({"resourceVersion": version(&old)})))
        .refused(409, "Conflict")
        .message(&format!("Operation cannot be fulfilled on configmaps \"c\": {MODIFIED}"))
        .about("c", "", "configmaps");
    let guard = json!({"resourceVersion": version(&new), "uid": uid(&new)});
    assert_eq!(ctx.apply("configmaps/c", &guarded(map("3"), &guard)).ok()["data"]["a"], "3");
}

fn an_apply_with_another_uid_is_refused(ctx: &Ctx) {
    let other = "00000000-0000-4000-8000-000000000000";
    ctx.apply("configmaps/c", &guarded(map("1"), &json!({"uid": other})))
        .refused(409, "Conflict")
        .saying("uid mismatch")
        .saying("no existing object was found");
    ctx.apply("configmaps/c", &map("1")).created();
    ctx.apply("configmaps/c", &guarded(map("2"), &json!({"uid": other})))
        .refused(422, "Invalid")
        .saying("field is immutable")
        .causes(&["FieldValueInvalid @ metadata.uid", "FieldValueInvalid @ metadata.uid"])
        .about("c", "", "ConfigMap");
    assert_eq!(ctx.get("configmaps/c").ok()["data"]["a"], "1");
}

fn an_apply_with_a_version_creates_what_is_missing(ctx: &Ctx) {
    ctx.apply("configmaps/c", &guarded(map("1"), &json!({"resourceVersion": "1"}))).created();
}

fn a_replacement_with_an_old_version_is_refused(ctx: &Ctx) {
    let old = ctx.post("configmaps", &map("1")).created();
    ctx.put("configmaps/c", &map("2")).ok();
    ctx.put("configmaps/c", &guarded(map("3"), &json!({"resourceVersion": version(&old)})))
        .refused(409, "Conflict")
        .message(&format!("Operation cannot be fulfilled on configmaps \"c\": {MODIFIED}"));
    ctx.put("configmaps/c", &guarded(map("3"), &json!({"uid": "x"}))).refused(409, "Conflict");
    assert_eq!(ctx.get("configmaps/c").ok()["data"]["a"], "2");
    ctx.put("configmaps/missing", &config_map("missing", &json!({}))).refused(404, "NotFound");
}

fn a_patch_can_be_guarded(ctx: &Ctx) {
    let old = ctx.post("configmaps", &map("1")).created();
    let change = |version: &str| json!({"metadata": {"resourceVersion": version}, "data": {"a": "2"}});
    ctx.merge("configmaps/c", &change(version(&old))).ok();
    ctx.merge("configmaps/c", &change(version(&old))).refused(409, "Conflict");
    ctx.json_patch("configmaps/c", &json!([{"op": "test", "path": "/data/a", "value": "1"}]))
        .refused(422, "Invalid")
        .saying("the server rejected our request due to an error in our request");
    ctx.json_patch("configmaps/c", &json!([{"op": "remove", "path": "/data/none"}])).refused(422, "Invalid");
    ctx.merge("configmaps/missing", &change("1")).refused(404, "NotFound");
}

fn a_deletion_with_another_uid_is_refused(ctx: &Ctx) {
    let made = ctx.post("configmaps", &map("1")).created();
    let guard = |guard: Value| json!({"preconditions": guard});
    ctx.delete("configmaps/c", &guard(json!({"uid": "x", "resourceVersion": "1"})))
        .refused(409, "Conflict")
        .message(&format!(
            "Operation cannot be fulfilled on ConfigMap \"c\": the UID in the precondition (x) does not match the UID in \
             record ({}). The object might have been deleted and then recreated",
            uid(&made)
        ));
    ctx.delete("configmaps/c", &guard(json!({"uid": uid(&made), "resourceVersion": "1"})))
        .refused(409, "Conflict")
        .message(&format!(
            "Operation cannot be fulfilled on ConfigMap \"c\": the ResourceVersion in the precondition (1) does not match \
             the ResourceVersion in record ({}). The object might have been modified",
            version(&made)
        ));
    ctx.delete("configmaps/c", &guard(json!({"uid": uid(&made)}))).ok();
    ctx.delete("configmaps/c", &guard(json!({"uid": uid(&made)}))).refused(404, "NotFound");
}

fn a_lease_needs_a_version(ctx: &Ctx) {
    let body = lease("l", "a");
    let made = ctx.put("leases/l", &body).created();
    ctx.put("leases/l", &body)
        .refused(422, "Invalid")
        .causes(&["FieldValueInvalid @ metadata.resourceVersion"])
        .saying("must be specified for an update");
    ctx.apply("leases/l", &guarded(body.clone(), &json!({"resourceVersion": "0"}))).refused(422, "Invalid");
    let next = guarded(lease("l", "b"), &json!({"resourceVersion": version(&made)}));
    assert_eq!(ctx.put("leases/l", &next).ok()["spec"]["holderIdentity"], "b");
    ctx.put("leases/l", &next).refused(409, "Conflict");
}
