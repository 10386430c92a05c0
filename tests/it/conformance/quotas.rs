//! Quotas: what they count, what they refuse, and what nobody sees before pods are made.

use serde_json::{Value, json};

use super::ctx::Ctx;

cases! {
    a_quota_counts_what_is_there,
    one_object_too_many_is_refused,
    a_dry_run_is_checked_and_not_charged,
    services_and_claims_count_by_what_they_ask_for,
    pods_have_to_say_what_is_limited,
    a_quota_of_a_scope_counts_only_its_pods,
    a_stateful_set_passes_and_its_pods_do_not,
}

/// Makes a quota and waits until it is counted.
fn quota(ctx: &Ctx, name: &str, spec: &Value) {
    ctx.post("resourcequotas", &json!({"metadata": {"name": name}, "spec": spec})).created();
    ctx.until_is(&format!("resourcequotas/{name}"), |quota| quota["status"]["hard"] == spec["hard"]);
}

fn used(ctx: &Ctx, name: &str, wanted: &Value) {
    ctx.until_is(&format!("resourcequotas/{name}"), |quota| quota["status"]["used"] == *wanted);
}

fn map(name: &str) -> Value {
    json!({"metadata": {"name": name}, "data": {"a": "b"}})
}

fn claim(name: &str, size: &str) -> Value {
    json!({"metadata": {"name": name},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "standard", "resources": {"requests": {"storage": size}}}})
}

fn pod(name: &str, resources: &Value) -> Value {
    json!({"metadata": {"name": name}, "spec": {"containers": [{"name": "db", "image": "example/db:1", "resources": resources}]}})
}

fn a_quota_counts_what_is_there(ctx: &Ctx) {
    ctx.post("configmaps", &map("a")).created();
    quota(
        ctx,
        "q",
        &json!({"hard": {"configmaps": "9", "count/configmaps": "9", "requests.storage": "10Gi", "pods": "3"}}),
    );
    used(ctx, "q", &json!({"configmaps": "2", "count/configmaps": "2", "requests.storage": "0", "pods": "0"}));
    ctx.post("persistentvolumeclaims", &claim("c", "1536Mi")).created();
    ctx.post("pods", &pod("p", &json!({}))).created();
    used(ctx, "q", &json!({"configmaps": "2", "count/configmaps": "2", "requests.storage": "1536Mi", "pods": "1"}));
    ctx.delete("configmaps/a", &Value::Null).ok();
    used(ctx, "q", &json!({"configmaps": "1", "count/configmaps": "1", "requests.storage": "1536Mi", "pods": "1"}));
}

fn one_object_too_many_is_refused(ctx: &Ctx) {
    quota(ctx, "q", &json!({"hard": {"configmaps": "2"}}));
    used(ctx, "q", &json!({"configmaps": "1"}));
    ctx.apply("configmaps/a", &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})).created();
    used(ctx, "q", &json!({"configmaps": "2"}));
    let too_many = "configmaps \"b\" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=2, limited: configmaps=2";
    ctx.post("configmaps", &map("b")).refused(403, "Forbidden").message(too_many);
    ctx.merge("configmaps/a", &json!({"data": {"more": "text"}})).ok();
}

fn a_dry_run_is_checked_and_not_charged(ctx: &Ctx) {
    quota(ctx, "q", &json!({"hard": {"configmaps": "2"}}));
    used(ctx, "q", &json!({"configmaps": "1"}));
    for name in ["a", "b", "c"] {
        ctx.post("configmaps?dryRun=All", &map(name)).created();
    }
    ctx.post("configmaps", &map("a")).created();
    used(ctx, "q", &json!({"configmaps": "2"}));
    ctx.post("configmaps?dryRun=All", &map("b")).refused(403, "Forbidden").saying("exceeded quota: q");
}

fn services_and_claims_count_by_what_they_ask_for(ctx: &Ctx) {
    let hard = json!({"services": "3", "services.nodeports": "2", "persistentvolumeclaims": "9",
        "standard.storageclass.storage.k8s.io/requests.storage": "3Gi"});
    quota(ctx, "q", &json!({"hard": hard}));
    let service = |name: &str, kind: &str| json!({"metadata": {"name": name}, "spec": {"type": kind, "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}]}});
    ctx.post("services", &service("inside", "ClusterIP")).created();
    ctx.post("services", &service("outside", "NodePort")).created();
    ctx.post("persistentvolumeclaims", &claim("c", "2Gi")).created();
    used(
        ctx,
        "q",
        &json!({"services": "2", "services.nodeports": "2", "persistentvolumeclaims": "1",
        "standard.storageclass.storage.k8s.io/requests.storage": "2Gi"}),
    );
    ctx.merge("services/inside", &json!({"spec": {"type": "NodePort"}})).refused(403, "Forbidden").saying(
        "exceeded quota: q, requested: services.nodeports=2, used: services.nodeports=2, limited: services.nodeports=2",
    );
    ctx.post("persistentvolumeclaims", &claim("d", "1025Mi")).refused(403, "Forbidden").saying(
        "requested: standard.storageclass.storage.k8s.io/requests.storage=1025Mi, used: \
         standard.storageclass.storage.k8s.io/requests.storage=2Gi, limited: \
         standard.storageclass.storage.k8s.io/requests.storage=3Gi",
    );
}

fn pods_have_to_say_what_is_limited(ctx: &Ctx) {
    quota(ctx, "q", &json!({"hard": {"limits.memory": "2Gi", "requests.cpu": "1"}}));
    ctx.post("pods", &pod("silent", &json!({}))).refused(403, "Forbidden").message(
        "pods \"silent\" is forbidden: failed quota: q: must specify limits.memory for: db; requests.cpu for: db",
    );
    ctx.post("pods", &pod("p", &json!({"limits": {"memory": "1Gi", "cpu": "500m"}}))).created();
    used(ctx, "q", &json!({"limits.memory": "1Gi", "requests.cpu": "500m"}));
    ctx.post("pods", &pod("large", &json!({"limits": {"memory": "1Gi", "cpu": "501m"}})))
        .refused(403, "Forbidden")
        .saying("exceeded quota: q, requested: requests.cpu=501m, used: requests.cpu=500m, limited: requests.cpu=1");
}

fn a_quota_of_a_scope_counts_only_its_pods(ctx: &Ctx) {
    quota(ctx, "q", &json!({"hard": {"pods": "1"}, "scopes": ["BestEffort"]}));
    ctx.post("pods", &pod("asks", &json!({"requests": {"cpu": "1m"}}))).created();
    ctx.post("pods", &pod("one", &json!({}))).created();
    used(ctx, "q", &json!({"pods": "1"}));
    ctx.post("pods", &pod("two", &json!({}))).refused(403, "Forbidden").saying("exceeded quota: q");
    ctx.post("pods", &pod("asks-too", &json!({"requests": {"cpu": "1m"}}))).created();
}

fn a_stateful_set_passes_and_its_pods_do_not(ctx: &Ctx) {
    quota(ctx, "q", &json!({"hard": {"pods": "1"}}));
    let set = json!({"metadata": {"name": "s"}, "spec": {"replicas": 2, "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "db", "image": "example/db:1"}]}}}});
    assert_eq!(ctx.post("statefulsets", &set).warnings(), [""; 0]);
    ctx.until("the event of the refused pod", || {
        let events = ctx.get("events").ok();
        let told = |event: &Value| {
            event["reason"] == "FailedCreate"
                && event["message"].as_str().is_some_and(|text| text.contains("exceeded quota: q"))
        };
        events["items"].as_array()?.iter().any(told).then_some(())
    });
    assert_eq!(ctx.get("pods").ok()["items"].as_array().map(Vec::len), Some(1));
}
