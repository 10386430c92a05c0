//! The control plane itself: what the other suites rely on.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::controlplane::{AuditEntry, ControlPlane, Namespace};

fn stateful_set(replicas: u32, annotations: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "s"},
        "spec": {
            "serviceName": "s", "replicas": replicas, "selector": {"matchLabels": {"app": "s"}},
            "template": {
                "metadata": {"labels": {"app": "s"}, "annotations": annotations},
                "spec": {"containers": [{"name": "c", "image": "example/c:1"}]},
            },
            "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {
                "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
            }}],
        },
    })
}

/// Runs a set of one pod that asks for something, and waits until the pod's state is as expected.
fn pod_that_asks(
    plane: &ControlPlane,
    namespace: &Namespace,
    asks: &Value,
    what: &str,
    as_expected: impl Fn(&Value) -> bool,
) {
    plane.create(&namespace.path("apps/v1", "statefulsets"), &stateful_set(1, asks));
    plane.until(what, |plane| {
        let (code, pod) = plane.request("GET", &namespace.path("v1", "pods/s-0"), "application/json", None);
        (code == 200 && as_expected(&pod)).then_some(())
    });
}

fn is_ready(pod: &Value) -> bool {
    pod["status"]["containerStatuses"][0]["ready"] == true
}

fn becomes_ready_without(plane: &ControlPlane, namespace: &Namespace, annotation: &str) {
    plane.patch(&namespace.path("v1", "pods/s-0"), &json!({"metadata": {"annotations": {annotation: null}}}));
    plane.until("the pod to be ready", |plane| is_ready(&plane.get(&namespace.path("v1", "pods/s-0"))).then_some(()));
}

#[test]
fn a_set_of_two_becomes_ready_and_its_claims_bind() {
    let Some(plane) = ControlPlane::shared() else { return };
    let namespace = plane.namespace("set");
    let set = namespace.path("apps/v1", "statefulsets");
    plane.create(&set, &stateful_set(2, &json!({})));
    plane.until("two ready pods", |plane| {
        (plane.get(&format!("{set}/s"))["status"]["readyReplicas"] == 2).then_some(())
    });
    for claim in ["d-s-0", "d-s-1"] {
        let claim = plane.get(&namespace.path("v1", &format!("persistentvolumeclaims/{claim}")));
        assert_eq!(
            (&claim["status"]["phase"], &claim["spec"]["storageClassName"]),
            (&json!("Bound"), &json!("standard"))
        );
    }
    let pods = plane.kubectl(&["get", "pods", "-n", namespace.name(), "-o", "name"]);
    assert_eq!(String::from_utf8_lossy(&pods.stdout), "pod/s-0\npod/s-1\n");
    let managers: Vec<Value> = plane.get(&format!("{set}/s"))["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["manager"].clone())
        .collect();
    assert!(managers.contains(&json!("kube-controller-manager")), "{managers:?}");
}

#[test]
fn a_pod_can_be_held() {
    let Some(plane) = ControlPlane::shared() else { return };
    let namespace = plane.namespace("hold");
    pod_that_asks(plane, &namespace, &json!({"iriskit-test/hold": "true"}), "a pod that runs, not ready", |pod| {
        pod["status"]["phase"] == "Running" && !is_ready(pod)
    });
    becomes_ready_without(plane, &namespace, "iriskit-test/hold");
    // A pod that is ready already can be taken out, too.
    let pod = namespace.path("v1", "pods/s-0");
    plane.patch(&pod, &json!({"metadata": {"annotations": {"iriskit-test/hold": "true"}}}));
    plane.until("the pod to be not ready", |plane| (!is_ready(&plane.get(&pod))).then_some(()));
    becomes_ready_without(plane, &namespace, "iriskit-test/hold");
}

#[test]
fn a_pod_can_fail() {
    let Some(plane) = ControlPlane::shared() else { return };
    for reason in ["ImagePullBackOff", "CrashLoopBackOff"] {
        let namespace = plane.namespace("fail");
        pod_that_asks(plane, &namespace, &json!({"iriskit-test/fail": reason}), reason, |pod| {
            pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == reason
        });
        becomes_ready_without(plane, &namespace, "iriskit-test/fail");
    }
}

#[test]
fn a_pod_can_take_its_time() {
    let Some(plane) = ControlPlane::shared() else { return };
    let namespace = plane.namespace("delay");
    let asks = json!({"iriskit-test/delay": "1s", "iriskit-test/stop-delay": "1s"});
    let second = Duration::from_secs(1);
    let begin = Instant::now();
    pod_that_asks(plane, &namespace, &asks, "the pod to be ready", is_ready);
    assert!(begin.elapsed() >= second);
    let pod = namespace.path("v1", "pods/s-0");
    let uid = |pod: &Value| pod["metadata"]["uid"].as_str().map(str::to_owned);
    let first = uid(&plane.get(&pod));
    let begin = Instant::now();
    plane.delete(&pod);
    plane.until("another pod", |plane| {
        let (code, now) = plane.request("GET", &pod, "application/json", None);
        (code == 200 && uid(&now) != first).then_some(())
    });
    assert!(begin.elapsed() >= second);
}

/// KWOK, which plays the kubelets, ends pods by name; a kubelet knows which pod it means.
#[test]
fn the_kubelet_ends_no_pod_that_nobody_deleted() {
    let Some(plane) = ControlPlane::shared() else { return };
    let namespace = plane.namespace("kubelet");
    pod_that_asks(plane, &namespace, &json!({"iriskit-test/stop-delay": "60s"}), "the pod to be ready", is_ready);
    let uid = |pod: &Value| pod["metadata"]["uid"].clone();
    let pod = namespace.path("v1", "pods/s-0");
    let first = uid(&plane.get(&pod));
    let end = || {
        let as_kwok = ["--as=kwok", "--as-group=system:masters", "--namespace", namespace.name()];
        let ended = plane.kubectl(&[&as_kwok[..], &["delete", "pod/s-0", "--force", "--wait=false"]].concat());
        (ended.status.success(), String::from_utf8_lossy(&ended.stderr).into_owned())
    };
    let (done, message) = end();
    assert!(!done && message.contains("nobody deleted this pod"), "{message}");
    plane.delete(&pod);
    assert!(plane.get(&pod)["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(uid(&plane.get(&pod)), first);
    let (done, message) = end();
    assert!(done, "{message}");
    plane.until("another pod", |plane| {
        let (code, now) = plane.request("GET", &pod, "application/json", None);
        (code == 200 && uid(&now) != first).then_some(())
    });
}

#[test]
fn a_restricted_user_may_do_only_what_its_role_says() {
    let Some(plane) = ControlPlane::shared() else { return };
    let namespace = plane.namespace("restricted");
    let rules = json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]);
    let kubeconfig = plane.restricted_kubeconfig(namespace.name(), &rules);
    let kubeconfig = kubeconfig.to_str().unwrap();
    let allowed = plane.kubectl(&["--kubeconfig", kubeconfig, "get", "configmap/kube-root-ca.crt", "-o", "name"]);
    assert_eq!(String::from_utf8_lossy(&allowed.stdout), "configmap/kube-root-ca.crt\n");
    let refused = plane.kubectl(&["--kubeconfig", kubeconfig, "get", "secrets"]);
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(message.contains("cannot list resource \"secrets\""), "{message}");
}

#[test]
fn the_audit_log_names_every_request() {
    let Some(plane) = ControlPlane::shared() else { return };
    let namespace = plane.namespace("audit");
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}});
    let maps = namespace.path("v1", "configmaps");
    let mark = plane.audit_mark();
    plane.create(&maps, &map);
    plane.patch(&format!("{maps}/m?dryRun=All"), &json!({"data": {"a": "b"}}));
    assert_eq!(plane.request("GET", &format!("{maps}/n"), "application/json", None).0, 404);
    plane.delete(&format!("{maps}/m"));
    let seen: Vec<AuditEntry> = plane
        .audit_since(mark, "test-harness")
        .into_iter()
        .filter(|entry| entry.namespace == namespace.name())
        .collect();
    let short: Vec<_> =
        seen.iter().map(|entry| (entry.verb.as_str(), entry.name.as_str(), entry.dry_run, entry.code)).collect();
    assert_eq!(
        short,
        [("create", "m", false, 201), ("patch", "m", true, 200), ("get", "n", false, 404), ("delete", "m", false, 200)],
        "{seen:?}",
    );
    assert!(
        seen.iter()
            .all(|entry| entry.user == "admin" && entry.resource == "configmaps" && entry.subresource.is_empty())
    );
    assert!(plane.audit_since(mark, "kubectl").iter().all(|entry| entry.namespace != namespace.name()));
}

#[test]
fn nothing_is_left_behind() {
    if ControlPlane::shared().is_none() {
        return;
    }
    let plane = ControlPlane::start().unwrap();
    let claims = "/api/v1/namespaces/default/persistentvolumeclaims";
    plane.create(
        claims,
        &json!({"metadata": {"name": "d"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
        }}),
    );
    let volume = plane
        .until("a volume", |plane| plane.get(&format!("{claims}/d"))["spec"]["volumeName"].as_str().map(str::to_owned));
    let volume = plane.get(&format!("/api/v1/persistentvolumes/{volume}"));
    let folder = volume["spec"]["hostPath"]["path"].as_str().unwrap().to_owned();
    let (dir, pids) = (plane.report().dir.clone(), plane.report().pids.clone());
    assert_eq!(pids.len(), 5, "{pids:?}");
    assert!(plane.report().server.starts_with("https://127.0.0.1:"), "{:?}", plane.report());
    assert!(Path::new(&folder).exists());
    drop(plane);
    let runs = |pid: &u32| {
        fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains(dir.to_str().unwrap()))
    };
    assert_eq!(pids.values().filter(|pid| runs(pid)).count(), 0);
    assert!(!dir.exists() && !dir.parent().unwrap().exists());
    assert!(!Path::new(&folder).exists());
}
