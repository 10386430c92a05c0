//! Objects that are deleted and made again from their stored form, under other uids.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    history::{going, name, set_of, text},
    place::World,
};

const JSON: &str = "application/json";
/// In the order in which a restore makes them.
const RESTORED: [&str; 11] = [
    "serviceaccounts",
    "roles",
    "rolebindings",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services",
    "ingresses",
    "poddisruptionbudgets",
    "statefulsets",
    "deployments",
];
/// Each namespace has these anew by itself.
const FURNITURE: [&str; 2] = ["kube-root-ca.crt", "default"];

/// One object, as `kubectl replace --force` does it. Gives whether it was there.
pub(crate) async fn again(world: &World, object: &str, orphans: bool) -> bool {
    let (code, stored) = world.ask("GET", object, JSON, None).await;
    if code != 200 {
        return false;
    }
    remove(world, object, if orphans { "Orphan" } else { "Background" }).await;
    until_gone(world, object).await;
    make(world, object, stored, "kubectl-replace").await;
    true
}

/// Everything of the namespace, as a backup has it. Its volumes come back under other claims.
pub(crate) async fn all(world: &World) {
    let plurals: Vec<&str> =
        RESTORED.into_iter().filter(|plural| world.kinds().any(|(known, ..)| known == *plural)).collect();
    let mut stored: Vec<(String, Value)> = Vec::new();
    for plural in plurals {
        let (code, list) = world.ask("GET", plural, JSON, None).await;
        assert_eq!(code, 200, "{list}");
        let (_, api_version, kind) = world.kinds().find(|(known, ..)| *known == plural).expect("a known kind");
        for mut item in list["items"].as_array().cloned().unwrap_or_default() {
            if FURNITURE.contains(&name(&item)) || going(&item) {
                continue;
            }
            item["kind"] = json!(kind);
            item["apiVersion"] = json!(api_version);
            stored.push((format!("{plural}/{}", name(&item)), item));
        }
    }
    let makes_pods = |object: &str| object.starts_with("statefulsets/") || object.starts_with("deployments/");
    for (object, _) in stored.iter().filter(|(object, _)| makes_pods(object)) {
        remove(world, object, "Background").await;
        until_gone(world, object).await;
    }
    no_pods(world).await;
    for (object, _) in stored.iter().rev().filter(|(object, _)| !makes_pods(object)) {
        remove(world, object, "Background").await;
        until_gone(world, object).await;
    }
    for (object, mut body) in stored {
        // Who held it is another one now.
        if let Some(metadata) = body["metadata"].as_object_mut() {
            metadata.remove("ownerReferences");
        }
        make(world, &object, body, "velero-server").await;
    }
}

async fn remove(world: &World, object: &str, policy: &str) {
    let options = json!({"propagationPolicy": policy});
    let (code, body) = world.ask("DELETE", object, JSON, Some(&options)).await;
    assert!(matches!(code, 200 | 202 | 404), "{object}: {code} {body}");
}

async fn until_gone(world: &World, object: &str) {
    let begun = Instant::now();
    while world.ask("GET", object, JSON, None).await.0 == 200 {
        assert!(begun.elapsed() < Duration::from_secs(40), "{object} does not go");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the pods of sets are gone.
async fn no_pods(world: &World) {
    let begun = Instant::now();
    loop {
        let (_, list) = world.ask("GET", "pods", JSON, None).await;
        let pods = list["items"].as_array().cloned().unwrap_or_default();
        let Some(left) = pods.iter().map(name).find(|pod| set_of(&format!("Pod/{pod}")).is_some()) else { return };
        assert!(begun.elapsed() < Duration::from_secs(40), "{left} does not go");
        sleep(Duration::from_millis(20)).await;
    }
}

async fn make(world: &World, object: &str, mut body: Value, manager: &str) {
    strip(&mut body);
    let plural = object.split('/').next().unwrap_or_default();
    let (code, answer) = world.ask("POST", &format!("{plural}?fieldManager={manager}"), JSON, Some(&body)).await;
    assert_eq!(code, 201, "{object}: {answer}");
}

/// Takes out what a server gives.
fn strip(body: &mut Value) {
    let is_headless = body["spec"]["clusterIP"] == "None";
    let Some(members) = body.as_object_mut() else { return };
    members.remove("status");
    let of_server = ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "deletionTimestamp"];
    if let Some(metadata) = members.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|member, _| !of_server.contains(&member.as_str()));
        if let Some(notes) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            let of_volumes = ["pv.kubernetes.io/", "volume.kubernetes.io/", "volume.beta.kubernetes.io/"];
            notes.retain(|note, _| !of_volumes.iter().any(|prefix| note.starts_with(prefix)));
        }
    }
    let kind = text(&members["kind"]).to_owned();
    let given: &[&str] = match kind.as_str() {
        "Service" if !is_headless => &["clusterIP", "clusterIPs", "healthCheckNodePort"],
        "PersistentVolumeClaim" => &["volumeName"],
        _ => &[],
    };
    if let Some(spec) = members.get_mut("spec").and_then(Value::as_object_mut) {
        spec.retain(|member, _| !given.contains(&member.as_str()));
    }
    if kind == "PersistentVolumeClaim" {
        let metadata = members.get_mut("metadata").and_then(Value::as_object_mut);
        metadata.and_then(|metadata: &mut Map<String, Value>| metadata.remove("finalizers"));
    }
}
