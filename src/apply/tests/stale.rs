//! What makes a plan stale, and what never does.

use super::{
    super::{
        Moved,
        check::{moved, read_live},
    },
    *,
};

/// The mirrored pair with everything that a manifest can refer to.
const REFERRING: &str = r"
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {name: hospital}
spec:
  storageClassName: standard
  licenseKeySecret: {name: license}
  configSource: {name: texts}
  topology:
    data:
      image: example/iris:2024.1
      compatibilityVersion: '2024.1.0'
      mirrored: true
      webgateway: {image: example/webgateway:1, applicationPaths: [/csp/sys], loginSecret: {name: login}}
      podTemplate:
        spec:
          env:
          - {name: SITE, valueFrom: {configMapKeyRef: {name: site, key: name}}}
    arbiter: {image: example/arbiter:1}
    compute: {image: example/iris:2024.1, compatibilityVersion: '2024.1.0', replicas: 2}
    webgateway: {image: example/webgateway:1, replicas: 1, applicationPaths: [/csp/sys]}
";

const CORE: &str = "/api/v1/namespaces/default";
const APPS: &str = "/apis/apps/v1/namespaces/default/statefulsets";
const MERGE: &str = "application/merge-patch+json";

impl Bench {
    /// What somebody else does to the API.
    async fn other(&self, method: &str, path: &str, content_type: &str, body: &Value) {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", content_type)
            .header("user-agent", "kubectl-edit")
            .body(bytes::Bytes::from(if body.is_null() { String::new() } else { body.to_string() }))
            .unwrap();
        let answer = self.sandbox.call(request).await;
        assert!(answer.status().is_success(), "{method} {path}: {}", answer.status());
        tokio::time::sleep(Duration::from_secs(60)).await;
    }

    async fn edit(&self, path: &str, change: &Value) {
        self.other("PATCH", path, MERGE, change).await;
    }

    async fn furnish(&self) {
        let secret = |name: &str, key: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {key: "0pen", "password": "s3same"}});
        let json = "application/json";
        self.other("POST", &format!("{CORE}/secrets"), json, &secret("license", "iris.key")).await;
        self.other("POST", &format!("{CORE}/secrets"), json, &secret("login", "username")).await;
        for (name, data) in [
            (
                "texts",
                json!({"common.cpf": "[config]\nglobals=0,0,256,0,0,0\n", "CSP-merge.ini": "[SYSTEM]\nServer_Response_Timeout=300\n"}),
            ),
            ("site", json!({"name": "north"})),
        ] {
            let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data});
            self.other("POST", &format!("{CORE}/configmaps"), json, &map).await;
        }
    }

    /// A cluster that runs, and a plan that changes something of it.
    async fn planned(&self) -> Plan {
        self.furnish().await;
        self.make(REFERRING).await;
        let plan = self.plan(&REFERRING.replace("replicas: 2", "replicas: 3")).await.plan;
        assert!(plan.summary.changes());
        plan
    }

    async fn moved(&self, plan: &Plan) -> Vec<Moved> {
        moved(plan, &read_live(&self.cluster, plan, &iriskit_core::plan::recorded_owners(plan)).await.unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn churn_never_makes_a_plan_stale() {
    let bench = Bench::new();
    let plan = bench.planned().await;
    assert_eq!(bench.moved(&plan).await, []);
    let set = format!("{APPS}/hospital-data-0");
    let service = format!("{CORE}/services/hospital");
    let pod = format!("{CORE}/pods/hospital-data-0-1");
    let same_values =
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hospital"}, "spec": {"type": "ClusterIP"}});
    let null = Value::Null;
    for (churn, method, path, content_type, body) in [
        ("status", "PATCH", format!("{set}/status"), MERGE, &json!({"status": {"replicas": 2, "readyReplicas": 1}})),
        (
            "status of a Service",
            "PATCH",
            format!("{service}/status"),
            MERGE,
            &json!({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}),
        ),
        ("a label of others", "PATCH", service.clone(), MERGE, &json!({"metadata": {"labels": {"team": "a"}}})),
        (
            "an annotation of others",
            "PATCH",
            set.clone(),
            MERGE,
            &json!({"metadata": {"annotations": {"seen": "today"}}}),
        ),
        ("a field of others", "PATCH", set.clone(), MERGE, &json!({"spec": {"minReadySeconds": 1}})),
        (
            "managedFields: the same values by another manager",
            "PATCH",
            format!("{service}?fieldManager=helm&force=true"),
            "application/apply-patch+yaml",
            &same_values,
        ),
        ("a restarted pod", "DELETE", pod.clone(), MERGE, &null),
        ("a mark on a pod", "PATCH", pod, MERGE, &json!({"metadata": {"annotations": {"seen": "today"}}})),
        (
            "a grown status of a claim",
            "PATCH",
            format!("{CORE}/persistentvolumeclaims/iris-data-hospital-data-0-0/status"),
            MERGE,
            &json!({"status": {"capacity": {"storage": "9Gi"}}}),
        ),
        ("an object of others", "POST", format!("{CORE}/configmaps"), "application/json", &configmap("theirs", "1")),
        (
            "a label of a referenced ConfigMap",
            "PATCH",
            format!("{CORE}/configmaps/texts"),
            MERGE,
            &json!({"metadata": {"labels": {"team": "a"}}}),
        ),
    ] {
        bench.other(method, &path, content_type, body).await;
        assert_eq!(bench.moved(&plan).await, [], "{churn}");
    }
    bench.sandbox.fail_over("default", "hospital-data-0").unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(bench.moved(&plan).await, [], "a fail-over");
}

#[tokio::test(start_paused = true)]
async fn whatever_the_plan_looked_at_makes_it_stale_all_at_once_with_who_and_when() {
    let bench = Bench::new();
    let plan = bench.planned().await;
    let core = |tail: &str| format!("{CORE}/{tail}");
    let mut told = Vec::new();
    for (path, patch, address, field) in [
        (
            format!("{APPS}/hospital-compute"),
            json!({"spec": {"replicas": 1}}),
            "StatefulSet/default/hospital-compute",
            ".spec.replicas",
        ),
        // Not to be changed by the plan: what it calls unchanged has to be so.
        (core("services/hospital"), json!({"spec": {"type": "NodePort"}}), "Service/default/hospital", ".spec.type"),
        (
            core("services/hospital-webgateway"),
            json!({"metadata": {"labels": {"intersystems.com/name": "x"}}}),
            "Service/default/hospital-webgateway",
            ".metadata.labels.intersystems.com/name",
        ),
        (
            core("secrets/license"),
            json!({"stringData": {"iris.key": "an0ther"}}),
            "Secret/default/license",
            "metadata.resourceVersion",
        ),
        (
            core("secrets/login"),
            json!({"stringData": {"password": "an0ther"}}),
            "Secret/default/login",
            "metadata.resourceVersion",
        ),
        (
            core("configmaps/texts"),
            json!({"data": {"common.cpf": "[config]\nglobals=0,0,512,0,0,0\n"}}),
            "ConfigMap/default/texts",
            ".data.common.cpf",
        ),
        (
            core("configmaps/texts"),
            json!({"data": {"CSP-merge.ini": "[SYSTEM]\nServer_Response_Timeout=60\n"}}),
            "ConfigMap/default/texts",
            ".data.CSP-merge.ini",
        ),
        // A key that the plan saw nothing of.
        (
            core("configmaps/texts"),
            json!({"data": {"compute.cpf": "[config]\n"}}),
            "ConfigMap/default/texts",
            ".data.compute.cpf",
        ),
        (core("configmaps/site"), json!({"data": {"name": "south"}}), "ConfigMap/default/site", ".data.name"),
    ] {
        bench.edit(&path, &patch).await;
        told.push((address, field));
        let moved = bench.moved(&plan).await;
        let mut found: Vec<_> = moved.iter().map(|moved| (moved.address.as_str(), moved.field.as_str())).collect();
        found.sort_unstable();
        told.sort_unstable();
        assert_eq!(found, told, "after {patch}");
        for moved in &moved {
            assert_eq!(moved.who.as_deref(), Some("kubectl-edit"), "{moved:?}");
            assert!(moved.when.is_some(), "{moved:?}");
        }
        let text = format!("{moved:?}");
        assert!(!["0pen", "s3same", "an0ther"].iter().any(|secret| text.contains(secret)), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_appears_is_gone_or_was_made_again_makes_a_plan_stale() {
    let bench = Bench::new();
    let plan = bench.planned().await;
    let json = "application/json";
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "iris-data-hospital-compute-2"},
        "spec": {"storageClassName": "", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    // The plan says that the new node gets new volumes: now it would get old data.
    bench.other("POST", &format!("{CORE}/persistentvolumeclaims"), json, &claim).await;
    bench.other("DELETE", &format!("{CORE}/secrets/login"), json, &Value::Null).await;
    bench.other("DELETE", &format!("{CORE}/configmaps/site"), json, &Value::Null).await;
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "site"}, "data": {"name": "north"}});
    bench.other("POST", &format!("{CORE}/configmaps"), json, &map).await;
    let moved = bench.moved(&plan).await;
    let is = |now: &Moved| (now.then.is_some(), now.now.is_some(), now.who.clone().unwrap_or_default());
    let found: Vec<_> = moved.iter().map(|moved| (moved.address.as_str(), moved.field.as_str(), is(moved))).collect();
    let by = || "kubectl-edit".to_owned();
    assert_eq!(
        found,
        [
            ("ConfigMap/default/site", "metadata.uid", (true, true, by())),
            ("PersistentVolumeClaim/default/iris-data-hospital-compute-2", "metadata.uid", (false, true, by())),
            ("Secret/default/login", "metadata.uid", (true, false, String::new())),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn another_apply_in_between_makes_a_plan_stale() {
    let bench = Bench::new();
    let plan = bench.planned().await;
    bench.make(&REFERRING.replace("replicas: 1", "replicas: 2")).await;
    let moved = bench.moved(&plan).await;
    let gateway: Vec<_> = moved.iter().filter(|moved| moved.field == ".spec.replicas").collect();
    assert_eq!(gateway.len(), 1, "{moved:#?}");
    assert_eq!(gateway[0].address, "StatefulSet/default/hospital-webgateway");
    assert_eq!(gateway[0].who.as_deref(), Some("iriskit"));
}

#[tokio::test(start_paused = true)]
async fn the_headless_service_is_not_removed_under_a_new_user() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let plan = bench.plan_destroy(false).await;
    assert!(plan.resource_changes.iter().any(|change| change.name == "iris-svc"));
    assert_eq!(bench.moved(&plan).await, []);
    let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "theirs"},
        "spec": {"serviceName": "iris-svc", "replicas": 0, "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "a"}]}}}});
    bench.other("POST", APPS, "application/json", &set).await;
    let moved = bench.moved(&plan).await;
    assert_eq!(moved.len(), 1, "{moved:?}");
    assert_eq!((moved[0].address.as_str(), moved[0].field.as_str()), ("Service/default/iris-svc", "users"));
    assert_eq!(moved[0].who.as_deref(), Some("kubectl-edit"));
}
