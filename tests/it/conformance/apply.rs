//! Server-side apply: what it stores, and what it leaves alone.

use serde_json::json;

use super::{
    ctx::{APPLY, Ctx},
    objects::{config_map, entry, generation, managers, owned, secret, set, uid, version, with},
};

cases! {
    apply_creates_then_updates,
    apply_takes_name_and_namespace_from_the_url,
    apply_of_the_same_changes_nothing,
    apply_of_nothing_owns_nothing,
    apply_ignores_status,
    apply_wants_to_know_who,
    apply_refuses_managed_fields,
    apply_of_another_name_or_kind_is_refused,
    applied_empty_values_vanish_but_stay_owned,
    applied_nulls,
    applied_string_data_is_owned_as_such,
    the_order_of_applied_lists_counts,
    annotations_are_no_new_generation,
}

fn apply_creates_then_updates(ctx: &Ctx) {
    let made = ctx.apply("configmaps/c", &config_map("c", &json!({"a": "1"}))).created();
    assert_eq!(made["data"], json!({"a": "1"}));
    assert_eq!((&made["kind"], &made["apiVersion"]), (&json!("ConfigMap"), &json!("v1")));
    assert!(!uid(&made).is_empty() && made["metadata"]["creationTimestamp"].is_string(), "{made}");
    let changed = ctx.apply("configmaps/c", &config_map("c", &json!({"a": "2"}))).ok();
    assert_eq!((&changed["data"], uid(&changed)), (&json!({"a": "2"}), uid(&made)));
    assert_ne!(version(&changed), version(&made));
    assert_eq!(ctx.get("configmaps/c").ok(), changed);
    assert_eq!(managers(&changed), ["iriskit Apply"]);
    assert_eq!(owned(&changed, "iriskit"), ["f:data/f:a"]);
    let entry = entry(&changed, "iriskit");
    assert_eq!((&entry["apiVersion"], &entry["fieldsType"]), (&json!("v1"), &json!("FieldsV1")));
    assert!(entry["time"].is_string(), "{entry}");
}

fn apply_takes_name_and_namespace_from_the_url(ctx: &Ctx) {
    // The name only of what exists already.
    let nameless = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"}});
    ctx.apply("configmaps/c", &nameless)
        .refused(400, "BadRequest")
        .message("the name of the object (c based on URL) was undeterminable: name must be provided");
    let made = ctx.apply("configmaps/c", &config_map("c", &json!({"a": "1"}))).created();
    assert_eq!(made["metadata"]["namespace"], ctx.namespace());
    assert_eq!(ctx.apply("configmaps/c", &nameless).ok(), made);
}

fn apply_of_the_same_changes_nothing(ctx: &Ctx) {
    let body = with(set("s"), json!({"spec": {"replicas": 0}}));
    let tail = "statefulsets/s";
    ctx.apply(tail, &body).created();
    let settled = ctx.until_is(tail, |set| set["status"]["observedGeneration"] == 1);
    let mut watch = ctx.watch(&format!("statefulsets?resourceVersion={}", version(&settled)));
    assert_eq!(ctx.apply(tail, &body).ok(), settled);
    assert_eq!(ctx.force(tail, &body).ok(), settled);
    // A change afterwards is the first that the watch tells.
    ctx.merge(tail, &json!({"metadata": {"labels": {"x": "y"}}})).ok();
    assert_eq!(watch.expect("MODIFIED")["metadata"]["labels"], json!({"x": "y"}));
}

fn apply_of_nothing_owns_nothing(ctx: &Ctx) {
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}});
    let made = ctx.apply("serviceaccounts/a", &account).created();
    assert!(made["metadata"].get("managedFields").is_none(), "{made}");
}

fn apply_ignores_status(ctx: &Ctx) {
    let body = with(set("s"), json!({"spec": {"replicas": 0}, "status": {"replicas": 7}}));
    let made = ctx.apply("statefulsets/s", &body).created();
    assert_eq!(made["status"]["replicas"], 0);
    assert!(owned(&made, "iriskit").iter().all(|leaf| !leaf.starts_with("f:status")), "{made}");
}

fn apply_wants_to_know_who(ctx: &Ctx) {
    let body = config_map("c", &json!({"a": "1"})).to_string();
    ctx.send("PATCH", "configmaps/c", APPLY, body.clone())
        .refused(422, "Invalid")
        .causes(&["FieldValueRequired @ fieldManager"])
        .saying("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value");
    let long = format!("configmaps/c?fieldManager={}", "m".repeat(129));
    ctx.send("PATCH", &long, APPLY, body).refused(422, "Invalid");
    assert_eq!(ctx.get("configmaps/c").code, 404);
}

fn apply_refuses_managed_fields(ctx: &Ctx) {
    let with_entries = with(config_map("c", &json!({})), json!({"metadata": {"managedFields": []}}));
    ctx.apply("configmaps/c", &with_entries).refused(400, "BadRequest").message("metadata.managedFields must be nil");
}

fn apply_of_another_name_or_kind_is_refused(ctx: &Ctx) {
    ctx.apply("configmaps/c", &config_map("zz", &json!({})))
        .refused(400, "BadRequest")
        .message("the name of the object (zz) does not match the name on the URL (c)");
    ctx.apply("configmaps/c", &secret("c", &json!({}))).refused(400, "BadRequest");
    let elsewhere = with(config_map("c", &json!({})), json!({"metadata": {"namespace": "elsewhere"}}));
    ctx.apply("configmaps/c", &elsewhere).refused(400, "BadRequest");
}

fn applied_empty_values_vanish_but_stay_owned(ctx: &Ctx) {
    let body = with(
        set("s"),
        json!({"spec": {"replicas": 0, "template": {"spec": {
            "hostNetwork": false, "nodeSelector": {}, "volumes": [], "affinity": {},
            "containers": [{"name": "iris", "image": "iris:1", "env": [{"name": "E", "value": ""}], "securityContext": {}}],
        }}}}),
    );
    let made = ctx.apply("statefulsets/s", &body).created();
    let spec = &made["spec"]["template"]["spec"];
    for gone in ["hostNetwork", "nodeSelector", "volumes"] {
        assert!(spec.get(gone).is_none(), "{gone}: {spec}");
    }
    assert_eq!(spec["containers"][0]["env"], json!([{"name": "E"}]));
    assert_eq!((&spec["affinity"], &spec["containers"][0]["securityContext"]), (&json!({}), &json!({})));
    let leaves = owned(&made, "iriskit");
    let inside = |leaf: &str| leaves.contains(&format!("f:spec/f:template/f:spec/{leaf}"));
    assert!(inside("f:hostNetwork") && inside("f:nodeSelector") && inside("f:affinity"), "{leaves:?}");
    let container = "f:containers/k:{\"name\":\"iris\"}";
    assert!(inside(&format!("{container}/f:env/k:{{\"name\":\"E\"}}/f:value")), "{leaves:?}");
    assert!(inside(&format!("{container}/f:securityContext")), "{leaves:?}");
    assert!(!leaves.iter().any(|leaf| leaf.contains("volumes")), "{leaves:?}");
}

fn applied_nulls(ctx: &Ctx) {
    let body = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "c", "labels": {"l": null}, "creationTimestamp": null},
        "data": {"a": null, "b": ""},
    });
    let made = ctx.apply("configmaps/c", &body).created();
    assert_eq!((&made["data"], &made["metadata"]["labels"]), (&json!({"a": "", "b": ""}), &json!({"l": ""})));
    assert!(made["metadata"]["creationTimestamp"].is_string());
    let set = with(set("s"), json!({"spec": {"replicas": 0}}));
    let set = json!({"apiVersion": set["apiVersion"], "kind": set["kind"], "metadata": set["metadata"], "spec": {
        "selector": set["spec"]["selector"], "template": set["spec"]["template"], "serviceName": "s", "replicas": null,
    }});
    let made = ctx.apply("statefulsets/s?dryRun=All", &set).created();
    assert_eq!(made["spec"]["replicas"], 1);
    assert!(owned(&made, "iriskit").contains(&"f:spec/f:replicas".to_owned()), "{made}");
}

fn applied_string_data_is_owned_as_such(ctx: &Ctx) {
    let body = |data: serde_json::Value| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": data});
    let made = ctx.apply("secrets/s", &body(json!({"a": "1", "b": "2"}))).created();
    assert_eq!((&made["data"], made.get("stringData")), (&json!({"a": "MQ==", "b": "Mg=="}), None));
    assert_eq!(owned(&made, "iriskit"), ["f:stringData/f:a", "f:stringData/f:b"]);
    let left = ctx.apply("secrets/s", &body(json!({"a": "1"}))).ok();
    assert_eq!(left["data"], json!({"a": "MQ==", "b": "Mg=="}), "what is left out stays in data");
    assert_eq!(owned(&left, "iriskit"), ["f:stringData/f:a"]);
    // Somebody else's change of the same key is no conflict, and is overwritten.
    ctx.merge("secrets/s", &json!({"data": {"a": "eA=="}})).ok();
    assert_eq!(ctx.apply("secrets/s", &body(json!({"a": "1"}))).ok()["data"]["a"], "MQ==");
}

fn the_order_of_applied_lists_counts(ctx: &Ctx) {
    let body = |env: serde_json::Value| {
        with(
            set("s"),
            json!({"spec": {"replicas": 0, "template": {"spec": {
                "containers": [{"name": "iris", "image": "iris:1", "env": env}],
            }}}}),
        )
    };
    let (a, b) = (json!({"name": "A", "value": "1"}), json!({"name": "B", "value": "2"}));
    let made = ctx.apply("statefulsets/s", &body(json!([a, b]))).created();
    let turned = ctx.apply("statefulsets/s", &body(json!([b, a]))).ok();
    assert_eq!(turned["spec"]["template"]["spec"]["containers"][0]["env"], json!([b, a]));
    assert_eq!(generation(&turned), generation(&made) + 1);
}

fn annotations_are_no_new_generation(ctx: &Ctx) {
    let body = with(set("s"), json!({"spec": {"replicas": 0}}));
    ctx.apply("statefulsets/s", &body).created();
    let noted = with(body.clone(), json!({"metadata": {"annotations": {"a": "b"}, "labels": {"c": "d"}}}));
    assert_eq!(generation(&ctx.apply("statefulsets/s", &noted).ok()), 1);
    let scaled = with(noted, json!({"spec": {"revisionHistoryLimit": 3}}));
    assert_eq!(generation(&ctx.apply("statefulsets/s", &scaled).ok()), 2);
    let explicit = with(scaled, json!({"spec": {"podManagementPolicy": "OrderedReady"}}));
    assert_eq!(generation(&ctx.apply("statefulsets/s", &explicit).ok()), 2, "a default that is said");
    let made = ctx.apply("configmaps/c", &config_map("c", &json!({"a": "1"}))).created();
    assert!(made["metadata"].get("generation").is_none(), "{made}");
}
