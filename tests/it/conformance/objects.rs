//! Objects that many cases use, and ways to look at answers.

use serde_json::{Value, json};

pub(super) fn config_map(name: &str, data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

pub(super) fn secret(name: &str, data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data})
}

/// A Service with one port and a selector.
pub(super) fn service(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"name": "superserver", "port": 1972}]},
    })
}

pub(super) fn claim(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    })
}

pub(super) fn lease(name: &str, holder: &str) -> Value {
    json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name},
        "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15},
    })
}

/// A StatefulSet of one pod with one container and no claims. It says no more than it must.
pub(super) fn set(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name},
        "spec": {
            "serviceName": name,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "iris", "image": "iris:1"}]},
            },
        },
    })
}

/// The same with more replicas.
pub(super) fn set_of(name: &str, replicas: u32) -> Value {
    with(set(name), json!({"spec": {"replicas": replicas}}))
}

/// The same with a claim template `data`.
pub(super) fn set_with_claims(name: &str, replicas: u32) -> Value {
    let template = json!({"metadata": {"name": "data"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
    }});
    with(set_of(name, replicas), json!({"spec": {"volumeClaimTemplates": [template]}}))
}

/// The same set with another image in its only container.
pub(super) fn with_image(set: &Value, image: &str) -> Value {
    let mut set = set.clone();
    set["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
    set
}

/// The change merged into the object; null removes.
pub(super) fn with(mut object: Value, change: Value) -> Value {
    merge(&mut object, change);
    object
}

fn merge(target: &mut Value, change: Value) {
    match change {
        Value::Object(change) => {
            if !target.is_object() {
                *target = json!({});
            }
            let target = target.as_object_mut().expect("made so");
            for (key, value) in change {
                if value.is_null() {
                    target.remove(&key);
                } else {
                    merge(target.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        other => *target = other,
    }
}

pub(super) fn version(object: &Value) -> &str {
    object["metadata"]["resourceVersion"].as_str().expect("a resourceVersion")
}

pub(super) fn uid(object: &Value) -> &str {
    object["metadata"]["uid"].as_str().expect("a uid")
}

pub(super) fn generation(object: &Value) -> u64 {
    object["metadata"]["generation"].as_u64().expect("a generation")
}

/// Names of the items of a list, in its order.
pub(super) fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().expect("items").iter().filter_map(|item| item["metadata"]["name"].as_str()).collect()
}

/// The entries of managedFields as `manager operation` and, if there is one, ` subresource`, in their order.
pub(super) fn managers(object: &Value) -> Vec<String> {
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    entries(object)
        .iter()
        .map(|entry| {
            let name =
                format!("{} {} {}", text(entry, "manager"), text(entry, "operation"), text(entry, "subresource"));
            name.trim_end().to_owned()
        })
        .collect()
}

/// The entry of a manager, by its name or, if it has several, `manager operation`.
#[track_caller]
pub(super) fn entry<'a>(object: &'a Value, who: &str) -> &'a Value {
    let found = managers(object).iter().position(|name| name == who || name.split(' ').next() == Some(who));
    let Some(at) = found else { panic!("no entry of {who} among {:?}", managers(object)) };
    &entries(object)[at]
}

/// The leaves that a manager owns, sorted: `f:data/f:a`, `f:finalizers/v:"x.io/f"`.
#[track_caller]
pub(super) fn owned(object: &Value, who: &str) -> Vec<String> {
    let mut leaves = Vec::new();
    collect_leaves(&entry(object, who)["fieldsV1"], "", &mut leaves);
    leaves.sort();
    leaves
}

fn entries(object: &Value) -> &[Value] {
    object["metadata"]["managedFields"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn collect_leaves(fields: &Value, path: &str, leaves: &mut Vec<String>) {
    for (key, inner) in fields.as_object().expect("fieldsV1 is of maps") {
        let path = if path.is_empty() { key.clone() } else { format!("{path}/{key}") };
        if inner.as_object().is_some_and(serde_json::Map::is_empty) {
            leaves.push(path);
        } else {
            collect_leaves(inner, &path, leaves);
        }
    }
}
