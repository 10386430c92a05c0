//! Writes that are not applies: who is said to own what they wrote.

use serde_json::json;

use super::{
    ctx::Ctx,
    objects::{config_map, entry, managers, owned, service, version, with},
};

cases! {
    a_post_owns_what_it_made,
    updates_own_what_they_changed,
    an_update_that_changes_nothing_is_no_write,
    a_replacement_drops_what_it_leaves_out,
    a_status_has_an_entry_of_its_own,
    a_json_patch_does_its_operations_in_order,
    identity_can_not_be_changed,
}

fn a_post_owns_what_it_made(ctx: &Ctx) {
    let labelled = with(config_map("c", &json!({"a": "1"})), json!({"metadata": {"labels": {"x": "y"}}}));
    let made = ctx.post("configmaps", &labelled).created();
    assert_eq!(managers(&made), ["conformance Update"], "by the user agent");
    assert_eq!(
        owned(&made, "conformance"),
        ["f:data/.", "f:data/f:a", "f:metadata/f:labels/.", "f:metadata/f:labels/f:x"]
    );
    let made = ctx.post("services?fieldManager=helm", &service("p")).created();
    assert_eq!(managers(&made), ["helm Update"]);
    let port = "f:spec/f:ports/k:{\"port\":1972,\"protocol\":\"TCP\"}";
    assert_eq!(
        owned(&made, "helm"),
        [
            "f:spec/f:internalTrafficPolicy".to_owned(),
            "f:spec/f:ports/.".to_owned(),
            format!("{port}/."),
            format!("{port}/f:name"),
            format!("{port}/f:port"),
            format!("{port}/f:protocol"),
            format!("{port}/f:targetPort"),
            "f:spec/f:selector".to_owned(),
            "f:spec/f:sessionAffinity".to_owned(),
            "f:spec/f:type".to_owned(),
        ]
    );
}

fn updates_own_what_they_changed(ctx: &Ctx) {
    ctx.post("configmaps?fieldManager=one", &config_map("c", &json!({"a": "1", "b": "1"}))).created();
    let changed = ctx.merge("configmaps/c?fieldManager=two", &json!({"data": {"b": "2", "c": "2"}})).ok();
    assert_eq!(owned(&changed, "one"), ["f:data/.", "f:data/f:a"]);
    assert_eq!(owned(&changed, "two"), ["f:data/f:b", "f:data/f:c"]);
    assert!(entry(&changed, "two")["time"].is_string());
    let removed = ctx.merge("configmaps/c?fieldManager=three", &json!({"data": {"b": null, "c": null}})).ok();
    assert_eq!(managers(&removed), ["one Update"], "who has nothing left, or never had, is not named");
}

fn an_update_that_changes_nothing_is_no_write(ctx: &Ctx) {
    let made = ctx.post("configmaps?fieldManager=one", &config_map("c", &json!({"a": "1"}))).created();
    assert_eq!(ctx.merge("configmaps/c?fieldManager=two", &json!({"data": {"a": "1"}})).ok(), made);
    assert_eq!(ctx.put("configmaps/c?fieldManager=two", &made).ok(), made);
}

fn a_replacement_drops_what_it_leaves_out(ctx: &Ctx) {
    let made = ctx.post("configmaps", &config_map("c", &json!({"a": "1", "b": "1"}))).created();
    let after = ctx.put("configmaps/c", &config_map("c", &json!({"b": "2"}))).ok();
    assert_eq!(after["data"], json!({"b": "2"}));
    assert_eq!(
        (&after["metadata"]["uid"], &after["metadata"]["creationTimestamp"]),
        (&made["metadata"]["uid"], &made["metadata"]["creationTimestamp"])
    );
    let after = ctx
        .put(
            "configmaps/c",
            &with(after.clone(), json!({"metadata": {"resourceVersion": version(&after)}, "data": {"b": "3"}})),
        )
        .ok();
    assert_eq!(after["data"], json!({"b": "3"}));
}

fn a_status_has_an_entry_of_its_own(ctx: &Ctx) {
    let made = ctx.post("services", &service("p")).created();
    let status = json!({"status": {"loadBalancer": {}, "conditions": [
        {"type": "Ok", "status": "True", "reason": "Y", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"},
    ]}});
    let told =
        ctx.merge("services/p/status?fieldManager=cloud", &with(status, json!({"spec": {"type": "NodePort"}}))).ok();
    assert_eq!((&told["spec"], &told["status"]["conditions"][0]["type"]), (&made["spec"], &json!("Ok")));
    assert_eq!(
        (&entry(&told, "cloud")["subresource"], &entry(&told, "cloud")["operation"]),
        (&json!("status"), &json!("Update"))
    );
    let ignored = ctx.merge("services/p", &json!({"status": {"conditions": null}})).ok();
    assert_eq!(ignored["status"], told["status"], "a status only changes by way of /status");
}

fn a_json_patch_does_its_operations_in_order(ctx: &Ctx) {
    ctx.post("configmaps", &config_map("c", &json!({"a": "1"}))).created();
    let after = ctx.json_patch(
        "configmaps/c",
        &json!([
            {"op": "test", "path": "/data/a", "value": "1"},
            {"op": "add", "path": "/data/b", "value": "2"},
            {"op": "copy", "from": "/data/b", "path": "/data/c"},
            {"op": "move", "from": "/data/a", "path": "/data/d~1e"},
            {"op": "remove", "path": "/data/d~1e"},
            {"op": "add", "path": "/metadata/labels", "value": {"x~y": "z"}},
        ]),
    );
    assert_eq!(after.code, 422, "a bad label: {}", after.body);
    let after = ctx
        .json_patch(
            "configmaps/c",
            &json!([
                {"op": "add", "path": "/data/b", "value": "2"},
                {"op": "copy", "from": "/data/b", "path": "/data/c"},
                {"op": "move", "from": "/data/a", "path": "/data/d"},
                {"op": "replace", "path": "/data/b", "value": "3"},
            ]),
        )
        .ok();
    assert_eq!(after["data"], json!({"b": "3", "c": "2", "d": "1"}));
}

fn identity_can_not_be_changed(ctx: &Ctx) {
    let made = ctx.post("configmaps", &config_map("c", &json!({}))).created();
    ctx.merge("configmaps/c", &json!({"metadata": {"name": "d"}})).refused(400, "BadRequest");
    ctx.merge("configmaps/c", &json!({"metadata": {"uid": "x"}}))
        .refused(422, "Invalid")
        .causes(&["FieldValueInvalid @ metadata.uid", "FieldValueInvalid @ metadata.uid"]);
    ctx.put("configmaps/c", &config_map("d", &json!({}))).refused(400, "BadRequest");
    let kept =
        ctx.merge("configmaps/c", &json!({"metadata": {"creationTimestamp": null, "deletionTimestamp": null}})).ok();
    assert_eq!(kept, made);
}
