//! Dry runs, and where they differ from what then happens.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{claim, config_map, generation, owned, service, set_with_claims, uid, version, with},
};

cases! {
    a_dry_create_stores_nothing,
    a_dry_apply_shows_the_change,
    a_dry_apply_equals_the_real_one,
    a_dry_update_and_patch_store_nothing,
    a_dry_service_gets_invented_addresses,
    a_dry_delete_deletes_nothing,
    a_dry_delete_with_a_body_is_asked_for_in_it,
    a_dry_run_is_asked_for_exactly,
    a_dry_run_in_a_missing_namespace_fails,
}

fn a_dry_create_stores_nothing(ctx: &Ctx) {
    let body = config_map("c", &json!({"a": "1"}));
    let first = ctx.apply("configmaps/c?dryRun=All", &body).created();
    assert!(first["metadata"].get("resourceVersion").is_none(), "{first}");
    assert!(first["metadata"]["creationTimestamp"].is_string());
    assert_eq!(owned(&first, "iriskit"), ["f:data/f:a"]);
    let second = ctx.apply("configmaps/c?dryRun=All", &body).created();
    assert_ne!(uid(&first), uid(&second));
    let posted = ctx.post("configmaps?dryRun=All", &body).created();
    assert!(posted["metadata"].get("resourceVersion").is_none(), "{posted}");
    assert_eq!(ctx.get("configmaps/c").code, 404);
    let set = ctx.apply("statefulsets/s?dryRun=All", &set_with_claims("s", 2)).created();
    assert_eq!(generation(&set), 1);
}

fn a_dry_apply_shows_the_change(ctx: &Ctx) {
    let body = set_with_claims("s", 0);
    ctx.apply("statefulsets/s", &body).created();
    let made = ctx.until_is("statefulsets/s", |set| set["status"]["observedGeneration"] == 1);
    let changed = with(body, json!({"metadata": {"labels": {"x": "y"}}, "spec": {"minReadySeconds": 1}}));
    let dry = ctx.apply("statefulsets/s?dryRun=All", &changed).ok();
    assert_eq!((version(&dry), uid(&dry), generation(&dry)), (version(&made), uid(&made), 2));
    assert_eq!((&dry["spec"]["minReadySeconds"], &dry["metadata"]["labels"]), (&json!(1), &json!({"x": "y"})));
    assert!(owned(&dry, "iriskit").contains(&"f:spec/f:minReadySeconds".to_owned()));
    assert_eq!(ctx.get("statefulsets/s").ok(), made);
}

fn a_dry_apply_equals_the_real_one(ctx: &Ctx) {
    let rbac = "rbac.authorization.k8s.io/v1";
    let bodies = [
        ("statefulsets/x", set_with_claims("x", 0)),
        ("configmaps/x", config_map("x", &json!({"a": "1"}))),
        ("secrets/x", json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "1"}})),
        ("persistentvolumeclaims/x", claim("x")),
        (
            "serviceaccounts/x",
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "imagePullSecrets": [{"name": "p"}]}),
        ),
        (
            "roles/x",
            json!({"apiVersion": rbac, "kind": "Role", "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}),
        ),
        (
            "rolebindings/x",
            json!({
                "apiVersion": rbac, "kind": "RoleBinding", "subjects": [{"kind": "ServiceAccount", "name": "x"}],
                "roleRef": {"kind": "Role", "name": "x", "apiGroup": "rbac.authorization.k8s.io"},
            }),
        ),
        (
            "poddisruptionbudgets/x",
            json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "spec": {
                "maxUnavailable": 1, "selector": {"matchLabels": {"app": "x"}},
            }}),
        ),
        (
            "ingresses/x",
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": {"defaultBackend": {
                "service": {"name": "x", "port": {"number": 80}},
            }}}),
        ),
    ];
    for (tail, body) in bodies {
        let body = with(body, json!({"metadata": {"name": "x"}}));
        let dry = ctx.apply(&format!("{tail}?dryRun=All"), &body).created();
        let real = ctx.apply(tail, &body).created();
        assert_eq!(without_identity(dry), without_identity(real), "{tail}");
    }
}

/// Without what differs between any two objects.
fn without_identity(mut object: Value) -> Value {
    let metadata = object["metadata"].as_object_mut().unwrap();
    for key in ["uid", "resourceVersion", "creationTimestamp"] {
        metadata.remove(key);
    }
    for entry in object["metadata"]["managedFields"].as_array_mut().into_iter().flatten() {
        entry.as_object_mut().unwrap().remove("time");
    }
    object
}

fn a_dry_update_and_patch_store_nothing(ctx: &Ctx) {
    let made = ctx.post("configmaps", &config_map("c", &json!({"a": "1"}))).created();
    let put = ctx.put("configmaps/c?dryRun=All", &config_map("c", &json!({"a": "2"}))).ok();
    assert_eq!((&put["data"]["a"], version(&put)), (&json!("2"), version(&made)));
    let patched = ctx.merge("configmaps/c?dryRun=All", &json!({"data": {"b": "3"}})).ok();
    assert_eq!((&patched["data"], version(&patched)), (&json!({"a": "1", "b": "3"}), version(&made)));
    assert_eq!(ctx.get("configmaps/c").ok(), made);
}

fn a_dry_service_gets_invented_addresses(ctx: &Ctx) {
    let body = with(service("p"), json!({"spec": {"type": "NodePort"}}));
    let dry = ctx.apply("services/p?dryRun=All", &body).created();
    assert_eq!((&dry["spec"]["clusterIP"], &dry["spec"]["clusterIPs"]), (&json!("10.0.0.0"), &json!(["10.0.0.0"])));
    assert!(dry["spec"]["ports"][0]["nodePort"].as_u64() > Some(32767), "{dry}");
    let real = ctx.apply("services/p", &body).created();
    let address = real["spec"]["clusterIP"].as_str().unwrap();
    assert!(address.starts_with("10.0.") && address != "10.0.0.0", "{address}");
    assert_eq!(real["spec"]["clusterIPs"], json!([address]));
    let port = real["spec"]["ports"][0]["nodePort"].as_u64().unwrap();
    assert!((30000..=32767).contains(&port), "{port}");
    // A used address is only noticed by the real request.
    let taken = with(service("q"), json!({"spec": {"clusterIP": address}}));
    ctx.apply("services/q?dryRun=All", &taken).created();
    ctx.apply("services/q", &taken).refused(422, "Invalid").saying("provided IP is already allocated");
}

fn a_dry_delete_deletes_nothing(ctx: &Ctx) {
    let made = ctx.post("configmaps", &config_map("c", &json!({}))).created();
    assert_eq!(ctx.delete("configmaps/c?dryRun=All", &Value::Null).ok()["status"], "Success");
    ctx.delete("configmaps/c", &json!({"dryRun": ["All"]})).ok();
    ctx.delete("configmaps/d?dryRun=All", &Value::Null).refused(404, "NotFound");
    ctx.delete("configmaps/c?dryRun=All", &json!({"preconditions": {"uid": "x"}})).refused(409, "Conflict");
    assert_eq!(ctx.get("configmaps/c").ok(), made);
}

/// Where a deletion has a body, the query counts for nothing: this one is real.
fn a_dry_delete_with_a_body_is_asked_for_in_it(ctx: &Ctx) {
    ctx.post("configmaps", &config_map("c", &json!({}))).created();
    ctx.delete("configmaps/c?dryRun=All", &json!({"propagationPolicy": "Background"})).ok();
    ctx.get("configmaps/c").refused(404, "NotFound");
}

fn a_dry_run_is_asked_for_exactly(ctx: &Ctx) {
    let body = config_map("c", &json!({}));
    ctx.apply("configmaps/c?dryRun=True", &body).refused(422, "Invalid");
    ctx.apply("configmaps/c?dryrun=All&nonsense=1", &body).created();
    ctx.get("configmaps/c").ok();
}

fn a_dry_run_in_a_missing_namespace_fails(ctx: &Ctx) {
    let body = config_map("c", &json!({"a": "1"}));
    for query in ["", "?dryRun=All"] {
        let tail = format!("/api/v1/namespaces/{}-missing/configmaps/c{query}", ctx.namespace());
        let missing = format!("{}-missing", ctx.namespace());
        ctx.apply(&tail, &body).refused(404, "NotFound").message(&format!("namespaces \"{missing}\" not found")).about(
            &missing,
            "",
            "namespaces",
        );
    }
}
