//! The subresource `scale` of a StatefulSet.

use serde_json::{Value, json};

use crate::fields;

/// The Scale of a StatefulSet.
pub(super) fn read(set: &Value) -> Value {
    let labels = set.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let selector: Vec<String> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    let mut metadata = json!({});
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        let value = set.pointer(&format!("/metadata/{field}")).cloned();
        fields::set(&mut metadata, &[field], value);
    }
    // Zero is left out of the spec, not of the status.
    let replicas = fields::number(set, "/spec/replicas").unwrap_or(1);
    let spec = if replicas == 0 { json!({}) } else { json!({"replicas": replicas}) };
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": spec,
        "status": {
            "replicas": fields::number(set, "/status/replicas").unwrap_or_default(),
            "selector": selector.join(","),
        },
    })
}

/// The StatefulSet with the replicas of a Scale.
pub(super) fn write(set: &Value, scale: &Value) -> Value {
    let mut set = set.clone();
    if let Some(replicas) = scale.pointer("/spec/replicas") {
        fields::set(&mut set, &["spec", "replicas"], Some(replicas.clone()));
    }
    set
}
