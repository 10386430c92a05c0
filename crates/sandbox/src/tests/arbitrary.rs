use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

fn json() -> impl Strategy<Value = Value> {
    let words = ["a", "s", "1Gi", "x=y", "", "Delete", "OnDelete", "2026-01-01T00:00:00Z", "default", "Orphan"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3_i64..4).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(words.to_vec()).prop_map(Value::from),
    ];
    let names = [
        "metadata",
        "name",
        "namespace",
        "uid",
        "labels",
        "annotations",
        "finalizers",
        "ownerReferences",
        "spec",
        "status",
        "replicas",
        "minReadySeconds",
        "ordinals",
        "start",
        "updateStrategy",
        "rollingUpdate",
        "partition",
        "selector",
        "matchLabels",
        "template",
        "containers",
        "volumeClaimTemplates",
        "ports",
        "port",
        "resources",
        "requests",
        "storage",
        "data",
        "type",
        "managedFields",
        "resourceVersion",
        "deletionTimestamp",
        "generation",
        "propagationPolicy",
        "gracePeriodSeconds",
        "preconditions",
        "kind",
        "apiVersion",
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec((select(names.to_vec()), inner), 0..6).prop_map(|entries| {
                Value::Object(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

fn path() -> impl Strategy<Value = String> {
    let collections = [
        MAPS,
        SETS,
        PODS,
        CLAIMS,
        "/api/v1/namespaces",
        "/api/v1/pods",
        "/api/v1/namespaces/default/services",
        "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
        "/apis/coordination.k8s.io/v1/namespaces/default/leases",
        "/apis/storage.k8s.io/v1/storageclasses",
        "/api",
        "/apis/apps",
        "/nothing",
        "/api/v1/namespaces/%zz/secrets",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    ];
    let names = ["", "/s", "/s-0", "/data-s-0", "/default", "/%2F", "/s/status", "/s/scale", "/s/nothing", "/a/b/c"];
    let queries = [
        "",
        "?fieldManager=x",
        "?fieldManager=x&force=true",
        "?dryRun=All",
        "?dryRun=no",
        "?fieldValidation=Strict",
        "?limit=1",
        "?limit=1&continue=WzEsIiIsIiIsInBvZHMiXQ",
        "?labelSelector=a%20in%20(",
        "?labelSelector=app%3Ds",
        "?fieldSelector=spec.x%3D1",
        "?resourceVersion=99999999999999999999",
        "?resourceVersion=1&resourceVersionMatch=Exact",
        "?fieldManager=x&dryRun=All&fieldValidation=Ignore",
        "?%zz=%",
        "?propagationPolicy=Foreground",
    ];
    (select(collections.to_vec()), select(names.to_vec()), select(queries.to_vec()))
        .prop_map(|(collection, name, query)| format!("{collection}{name}{query}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is asked, there is an answer, the controllers come to rest and the set goes on working.
    #[test]
    fn no_request_breaks_the_sandbox(requests in vec((0..8_usize, path(), json(), any::<bool>()), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let sandbox = memory();
            apply(&sandbox, SETS, &stateful_set("s", 1)).await;
            for (method, path, noise, sensible) in requests {
                let (method, media_type) = [
                    ("GET", ""), ("POST", "application/json"), ("PUT", "application/json"), ("PATCH", APPLY), ("PATCH", MERGE),
                    ("PATCH", "application/json-patch+json"), ("DELETE", "application/json"), ("PATCH", "text/plain"),
                ][method];
                // Half of the bodies are a StatefulSet with noise in it, so that some pass the first checks.
                let mut body = stateful_set("s", 1);
                if sensible && method != "DELETE" {
                    body = crate::objects::merge_patch(&body, &json!({"spec": noise}));
                } else {
                    body = noise;
                }
                let request = Request::builder().method(method).uri(&path).header("content-type", media_type);
                let response = sandbox.call(request.body(Bytes::from(body.to_string())).unwrap()).await;
                assert!(response.status().as_u16() >= 200, "{method} {path}");
                response.into_body().collect().await.unwrap();
                tokio::time::advance(Duration::from_millis(50)).await;
            }
            // Without claims: the storage classes may be gone.
            let mut fine = stateful_set("fine", 1);
            fine["spec"]["volumeClaimTemplates"] = json!([]);
            apply(&sandbox, SETS, &fine).await;
            wait(&sandbox, &format!("{SETS}/fine"), is_done).await;
            assert_eq!(shared_of(&sandbox).with(|world| world.restless), 0);
        });
    }
}
