//! Normal form of what is sent: what the server would drop or spell otherwise is not sent that way.

use serde_json::Value;

use iriskit_kubernetes::schema::{self, ObjectRef};

/// Empty maps under these names mean nothing; elsewhere (`emptyDir`, `affinity`, a selector) `{}` says something.
const EMPTY_IS_NOTHING: [&str; 9] = [
    "annotations",
    "labels",
    "limits",
    "matchLabels",
    "nodeSelector",
    "requests",
    "resources",
    "livenessProbe",
    "data",
];

/// Takes out nulls, empty lists and empty maps that mean nothing, and spells quantities as the server does.
pub(super) fn normalize(object: &ObjectRef, value: &mut Value) {
    prune(value);
    if let Some(kind) = schema::table().kind(&object.api_version, &object.kind) {
        schema::canonical(kind, value);
    }
}

fn prune(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(prune);
            map.retain(|key, value| match value {
                Value::Null => false,
                Value::Array(items) => !items.is_empty(),
                Value::Object(fields) => !(fields.is_empty() && EMPTY_IS_NOTHING.contains(&key.as_str())),
                _ => true,
            });
        }
        Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(prune);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_sent_that_means_nothing() {
        let mut value = json!({
            "metadata": {"labels": {}, "annotations": {"a": null}},
            "spec": {"template": {"spec": {
                "affinity": {}, "nodeSelector": {}, "tolerations": [], "hostname": null,
                "volumes": [{"name": "a", "emptyDir": {}}],
                "containers": [{"name": "a", "resources": {"requests": {"cpu": 1, "memory": "1024Mi"}, "limits": {}}}],
            }}},
        });
        normalize(&ObjectRef::namespaced("apps/v1", "StatefulSet", "n", "s"), &mut value);
        assert_eq!(
            value,
            json!({
                "metadata": {},
                "spec": {"template": {"spec": {
                    "affinity": {},
                    "volumes": [{"name": "a", "emptyDir": {}}],
                    "containers": [{"name": "a", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}],
                }}},
            })
        );
    }
}
