//! The sandbox seen through its HTTP door.

mod arbitrary;
mod deletion;
mod mirror;
mod persistence;
mod stateful_set;
mod watching;
mod writing;

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::{Sandbox, sandbox::shared_of};

const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";
const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const SETS: &str = "/apis/apps/v1/namespaces/default/statefulsets";
const PODS: &str = "/api/v1/namespaces/default/pods";
const CLAIMS: &str = "/api/v1/namespaces/default/persistentvolumeclaims";

fn memory() -> Sandbox {
    Sandbox::open(None).unwrap()
}

async fn send(sandbox: &Sandbox, method: &str, path: &str, media_type: &str, body: &Value) -> (u16, Value) {
    let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", media_type)
        .header("user-agent", "tester/1.0")
        .body(bytes)
        .unwrap();
    let response = sandbox.call(request).await;
    assert!(response.headers().contains_key("date"));
    let code = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (code, serde_json::from_slice(&bytes).unwrap())
}

async fn get(sandbox: &Sandbox, path: &str) -> (u16, Value) {
    send(sandbox, "GET", path, "application/json", &Value::Null).await
}

async fn post(sandbox: &Sandbox, path: &str, body: &Value) -> (u16, Value) {
    send(sandbox, "POST", path, "application/json", body).await
}

async fn delete(sandbox: &Sandbox, path: &str, options: &Value) -> (u16, Value) {
    send(sandbox, "DELETE", path, "application/json", options).await
}

async fn apply(sandbox: &Sandbox, collection: &str, body: &Value) -> (u16, Value) {
    let name = body["metadata"]["name"].as_str().unwrap();
    send(sandbox, "PATCH", &format!("{collection}/{name}?fieldManager=iriskit"), APPLY, body).await
}

async fn merge(sandbox: &Sandbox, path: &str, body: &Value) -> (u16, Value) {
    send(sandbox, "PATCH", path, MERGE, body).await
}

/// Waits until what stands at a path is as wanted.
async fn wait(sandbox: &Sandbox, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut changed = shared_of(sandbox).subscribe();
    let waiting = async {
        loop {
            changed.mark_unchanged();
            let (_, value) = get(sandbox, path).await;
            if wanted(&value) {
                return value;
            }
            changed.changed().await.unwrap();
        }
    };
    if let Ok(value) = tokio::time::timeout(Duration::from_secs(120), waiting).await {
        assert_eq!(shared_of(sandbox).with(|world| world.restless), 0);
        return value;
    }
    panic!("waited in vain for {path}: {:#}", get(sandbox, path).await.1)
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

fn config_map(name: &str, data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

fn stateful_set(name: &str, replicas: i64) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "serviceName": "svc",
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "iris", "image": "iris:1"}]},
            },
            "volumeClaimTemplates": [{
                "metadata": {"name": "data", "labels": {"tier": "disk"}},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": "standard",
                    "resources": {"requests": {"storage": "1Gi"}},
                },
            }],
        },
    })
}

/// A StatefulSet is done when all its pods are ready and of its newest revision.
fn is_done(set: &Value) -> bool {
    let (spec, status) = (&set["spec"], &set["status"]);
    set["metadata"]["generation"] == status["observedGeneration"]
        && ["replicas", "readyReplicas", "availableReplicas", "updatedReplicas"]
            .iter()
            .all(|field| status[*field].as_i64().unwrap_or_default() == spec["replicas"].as_i64().unwrap_or(1))
}
