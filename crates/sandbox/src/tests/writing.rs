use super::*;

#[tokio::test(start_paused = true)]
async fn apply_creates_updates_and_leaves_alone() {
    let sandbox = memory();
    let (code, made) = apply(&sandbox, MAPS, &config_map("c", &json!({"a": "1"}))).await;
    assert_eq!(code, 201, "{made}");
    assert_eq!(made["metadata"]["namespace"], "default");
    assert_eq!(made["metadata"]["managedFields"][0]["manager"], "iriskit");
    let (code, same) = apply(&sandbox, MAPS, &config_map("c", &json!({"a": "1"}))).await;
    assert_eq!((code, &same), (200, &made));
    let (code, changed) = apply(&sandbox, MAPS, &config_map("c", &json!({"a": "2"}))).await;
    assert_eq!((code, &changed["data"]), (200, &json!({"a": "2"})));
    assert_eq!(changed["metadata"]["uid"], made["metadata"]["uid"]);
    assert_ne!(changed["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
}

#[tokio::test(start_paused = true)]
async fn dry_run_changes_nothing() {
    let sandbox = memory();
    let path = format!("{MAPS}/c?fieldManager=iriskit&dryRun=All");
    let (code, dry) = send(&sandbox, "PATCH", &path, APPLY, &config_map("c", &json!({"a": "1"}))).await;
    assert_eq!(code, 201);
    assert!(dry["metadata"]["uid"].is_string() && dry["metadata"]["resourceVersion"].is_null());
    assert_eq!(get(&sandbox, &format!("{MAPS}/c")).await.0, 404);
    apply(&sandbox, MAPS, &config_map("c", &json!({"a": "1"}))).await;
    let (_, live) = get(&sandbox, &format!("{MAPS}/c")).await;
    let (code, dry) = send(&sandbox, "PATCH", &path, APPLY, &config_map("c", &json!({"a": "2"}))).await;
    assert_eq!((code, &dry["data"]["a"]), (200, &json!("2")));
    assert_eq!(dry["metadata"]["resourceVersion"], live["metadata"]["resourceVersion"]);
    assert_eq!(get(&sandbox, &format!("{MAPS}/c")).await.1, live);
    // A parameter in the wrong case is no parameter, as with the real server.
    let path = format!("{MAPS}/d?fieldManager=iriskit&dryrun=All");
    send(&sandbox, "PATCH", &path, APPLY, &config_map("d", &json!({}))).await;
    assert_eq!(get(&sandbox, &format!("{MAPS}/d")).await.0, 200);
    let (code, _) = send(&sandbox, "PATCH", &format!("{MAPS}/c?dryRun=True"), MERGE, &json!({})).await;
    assert_eq!(code, 422);
}

#[tokio::test(start_paused = true)]
async fn refusals_have_the_words_of_the_server() {
    let sandbox = memory();
    let map = config_map("c", &json!({"a": "1"}));
    let (code, status) = apply(&sandbox, "/api/v1/namespaces/nowhere/configmaps", &map).await;
    assert_eq!((code, &status["message"]), (404, &json!("namespaces \"nowhere\" not found")));
    assert_eq!(status["details"], json!({"name": "nowhere", "kind": "namespaces"}));
    apply(&sandbox, MAPS, &map).await;
    let (code, status) = post(&sandbox, MAPS, &map).await;
    assert_eq!((code, &status["reason"]), (409, &json!("AlreadyExists")));
    assert_eq!(status["message"], "configmaps \"c\" already exists");
    let (code, status) = get(&sandbox, &format!("{SETS}/s")).await;
    assert_eq!((code, &status["message"]), (404, &json!("statefulsets.apps \"s\" not found")));
    let mut guarded = map.clone();
    guarded["metadata"]["resourceVersion"] = json!("1");
    let (code, status) = apply(&sandbox, MAPS, &guarded).await;
    assert_eq!(code, 409);
    assert_eq!(
        status["message"],
        "Operation cannot be fulfilled on configmaps \"c\": the object has been modified; please apply your changes to \
         the latest version and try again"
    );
    let (code, status) = send(&sandbox, "PATCH", &format!("{MAPS}/zz?fieldManager=x"), APPLY, &map).await;
    assert_eq!((code, status["message"].as_str().unwrap().contains("(c) does not match")), (400, true));
    let (code, status) = send(&sandbox, "PATCH", &format!("{MAPS}/c"), APPLY, &map).await;
    assert_eq!((code, &status["details"]["causes"][0]["field"]), (422, &json!("fieldManager")));
    let (code, status) = get(&sandbox, "/apis/intersystems.com/v1alpha1/namespaces/default/irisclusters/c").await;
    assert_eq!(code, 404);
    assert_eq!(status["message"], "irisclusters.intersystems.com is not served by the sandbox");
}

#[tokio::test(start_paused = true)]
async fn a_foreign_value_is_a_conflict_until_it_is_forced() {
    let sandbox = memory();
    apply(&sandbox, MAPS, &config_map("c", &json!({"a": "1"}))).await;
    merge(&sandbox, &format!("{MAPS}/c"), &json!({"data": {"a": "2"}})).await;
    let (code, status) = apply(&sandbox, MAPS, &config_map("c", &json!({"a": "1"}))).await;
    assert_eq!(code, 409);
    assert_eq!(status["message"], "Apply failed with 1 conflict: conflict with \"tester\" using v1: .data.a");
    let path = format!("{MAPS}/c?fieldManager=iriskit&force=true");
    let (code, forced) = send(&sandbox, "PATCH", &path, APPLY, &config_map("c", &json!({"a": "1"}))).await;
    assert_eq!((code, &forced["data"]["a"]), (200, &json!("1")));
    let (_, left_out) = apply(&sandbox, MAPS, &config_map("c", &json!({}))).await;
    assert_eq!(left_out["data"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn unknown_fields_are_refused_warned_about_or_dropped() {
    let sandbox = memory();
    let mut map = config_map("c", &json!({"a": "1"}));
    map["dta"] = json!({});
    let (code, status) = post(&sandbox, &format!("{MAPS}?fieldValidation=Strict"), &map).await;
    assert_eq!(code, 400);
    assert_eq!(
        status["message"],
        "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"dta\""
    );
    let request = Request::post(MAPS).body(Bytes::from(map.to_string())).unwrap();
    let response = sandbox.call(request).await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["warning"], "299 - \"unknown field \\\"dta\\\"\"");
    let (code, status) = apply(&sandbox, MAPS, &map).await;
    assert_eq!((code, &status["reason"]), (500, &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn services_get_addresses_and_keep_them() {
    let sandbox = memory();
    let services = "/api/v1/namespaces/default/services";
    let service = |kind: &str| {
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": kind.to_lowercase()},
            "spec": {"type": kind, "ports": [{"port": 1972}], "selector": {"app": "x"}},
        })
    };
    let path = format!("{services}/nodeport?fieldManager=iriskit&dryRun=All");
    let (_, dry) = send(&sandbox, "PATCH", &path, APPLY, &service("NodePort")).await;
    assert_eq!((&dry["spec"]["clusterIP"], &dry["spec"]["ports"][0]["nodePort"]), (&json!("10.0.0.0"), &json!(32769)));
    let (_, made) = apply(&sandbox, services, &service("NodePort")).await;
    let port = made["spec"]["ports"][0]["nodePort"].as_i64().unwrap();
    assert!((30000..=32767).contains(&port));
    let (_, other) = apply(&sandbox, services, &service("ClusterIP")).await;
    assert_ne!(other["spec"]["clusterIP"], made["spec"]["clusterIP"]);
    let (_, again) = apply(&sandbox, services, &service("NodePort")).await;
    assert_eq!(again, made);
}

/// Kubernetes takes the newest of several default classes, and of those the first by name.
#[tokio::test(start_paused = true)]
async fn a_claim_without_class_gets_the_newest_default() {
    let sandbox = memory();
    let class = |name: &str| {
        json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "iriskit.sandbox/folder",
            "metadata": {"name": name, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        })
    };
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    for (number, (made, chosen)) in
        [("zoned", "zoned"), ("tiered", "tiered"), ("zonal", "tiered")].into_iter().enumerate()
    {
        assert_eq!(post(&sandbox, "/apis/storage.k8s.io/v1/storageclasses", &class(made)).await.0, 201);
        let claim = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": format!("c{number}")},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        });
        let (code, claim) = post(&sandbox, CLAIMS, &claim).await;
        assert_eq!((code, &claim["spec"]["storageClassName"]), (201, &json!(chosen)));
    }
}

#[tokio::test(start_paused = true)]
async fn claims_grow_where_their_class_lets_them() {
    let sandbox = memory();
    let claim = |name: &str, class: Option<&str>, size: &str| {
        json!({
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": class,
                "resources": {"requests": {"storage": size}},
            },
        })
    };
    let (_, made) = apply(&sandbox, CLAIMS, &claim("a", Some("expandable"), "1Gi")).await;
    assert_eq!(made["status"]["phase"], "Pending");
    let (code, made) = post(&sandbox, CLAIMS, &claim("b", None, "1Gi")).await;
    assert_eq!((code, &made["spec"]["storageClassName"]), (201, &json!("standard")));
    for name in ["a", "b"] {
        wait(&sandbox, &format!("{CLAIMS}/{name}"), |claim| claim["status"]["phase"] == "Bound").await;
    }
    assert_eq!(apply(&sandbox, CLAIMS, &claim("a", Some("expandable"), "2Gi")).await.0, 200);
    wait(&sandbox, &format!("{CLAIMS}/a"), |claim| claim["status"]["capacity"]["storage"] == "2Gi").await;
    let grown = json!({"spec": {"resources": {"requests": {"storage": "2Gi"}}}});
    let (code, status) = merge(&sandbox, &format!("{CLAIMS}/b"), &grown).await;
    assert_eq!((code, status["message"].as_str().unwrap().contains("only dynamically provisioned pvc")), (403, true));
}

#[tokio::test(start_paused = true)]
async fn a_scale_changes_replicas_and_leaves_its_own_entry() {
    let sandbox = memory();
    apply(&sandbox, SETS, &stateful_set("s", 1)).await;
    let path = format!("{SETS}/s/scale");
    let (_, scale) = get(&sandbox, &path).await;
    assert_eq!((&scale["kind"], &scale["spec"]["replicas"]), (&json!("Scale"), &json!(1)));
    let (code, scale) = merge(&sandbox, &path, &json!({"spec": {"replicas": 2}})).await;
    assert_eq!((code, &scale["spec"]["replicas"]), (200, &json!(2)));
    let (code, status) = apply(&sandbox, SETS, &stateful_set("s", 3)).await;
    assert_eq!(code, 409);
    assert_eq!(
        status["details"]["causes"][0]["message"],
        "conflict with \"tester\" with subresource \"scale\" using apps/v1"
    );
}

#[tokio::test(start_paused = true)]
async fn the_status_of_a_service_can_be_played() {
    let sandbox = memory();
    let services = "/api/v1/namespaces/default/services";
    let service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "lb"},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
    });
    let (_, made) = apply(&sandbox, services, &service).await;
    assert_eq!(made["status"], json!({"loadBalancer": {}}));
    let status = json!({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}, "spec": {"type": "ClusterIP"}});
    let (code, played) = merge(&sandbox, &format!("{services}/lb/status"), &status).await;
    assert_eq!((code, &played["spec"]["type"]), (200, &json!("LoadBalancer")));
    assert_eq!(played["status"]["loadBalancer"]["ingress"][0]["ip"], "192.0.2.1");
    let (_, ignored) = merge(&sandbox, &format!("{services}/lb"), &json!({"status": null})).await;
    assert_eq!(ignored["status"], played["status"]);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_is_furnished_and_goes_with_all_that_is_in_it() {
    let sandbox = memory();
    let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}});
    assert_eq!(post(&sandbox, "/api/v1/namespaces", &body).await.0, 201);
    wait(&sandbox, "/api/v1/namespaces/n/configmaps/kube-root-ca.crt", |map| map["kind"] == "ConfigMap").await;
    wait(&sandbox, "/api/v1/namespaces/n/serviceaccounts/default", |account| account["kind"] == "ServiceAccount").await;
    let (_, gone) = delete(&sandbox, "/api/v1/namespaces/n", &Value::Null).await;
    assert_eq!(gone["status"]["phase"], "Terminating");
    let (code, status) = apply(&sandbox, "/api/v1/namespaces/n/configmaps", &config_map("c", &json!({}))).await;
    assert_eq!((code, &status["details"]["causes"][0]["reason"]), (403, &json!("NamespaceTerminating")));
    wait(&sandbox, "/api/v1/namespaces/n", |namespace| namespace["code"] == 404).await;
}

#[tokio::test]
async fn only_one_of_many_gets_a_lease() {
    let sandbox = memory();
    let path = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    let lease = |holder: usize| {
        json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": "l"},
            "spec": {"holderIdentity": holder.to_string(), "leaseDurationSeconds": 30},
        })
    };
    let race = |bodies: Vec<(&'static str, String, Value)>| {
        let sandbox = sandbox.clone();
        async move {
            let tasks: Vec<_> = bodies
                .into_iter()
                .map(|(method, path, body)| {
                    let sandbox = sandbox.clone();
                    tokio::spawn(async move { send(&sandbox, method, &path, "application/json", &body).await.0 })
                })
                .collect();
            let mut codes = Vec::new();
            for task in tasks {
                codes.push(task.await.unwrap());
            }
            codes.sort_unstable();
            codes
        }
    };
    let posts = (0..12).map(|holder| ("POST", path.to_owned(), lease(holder))).collect();
    assert_eq!(race(posts).await, [vec![201], vec![409; 11]].concat());
    let (_, live) = get(&sandbox, &format!("{path}/l")).await;
    let puts = (0..12)
        .map(|holder| {
            let mut body = lease(100 + holder);
            body["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
            ("PUT", format!("{path}/l"), body)
        })
        .collect();
    assert_eq!(race(puts).await, [vec![200], vec![409; 11]].concat());
    let (code, _) = send(&sandbox, "PUT", &format!("{path}/l"), "application/json", &lease(1)).await;
    assert_eq!(code, 422);
}
