//! Membership: which objects belong to one IrisCluster, as an ApplySet (KEP-3659).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use iriskit_kubernetes::schema::ObjectRef;

/// The label of the members, and that of the parent with the same value.
pub use iriskit_kubernetes::names::{APPLYSET_ID as ID, APPLYSET_PART_OF as PART_OF};

/// The ConfigMap that is the record and the ApplySet's parent.
pub fn record_ref(namespace: &str, cluster: &str) -> ObjectRef {
    ObjectRef::namespaced("v1", "ConfigMap", namespace, &record_name(cluster))
}

/// `<c>-iriskit`.
pub fn record_name(cluster: &str) -> String {
    format!("{cluster}-iriskit")
}

/// The id that Kubernetes' convention gives to a parent of that name:
/// `applyset-<base64url(sha256("<name>.<namespace>.ConfigMap."))>-v1`.
pub fn id(namespace: &str, cluster: &str) -> String {
    let parent = format!("{}.{namespace}.ConfigMap.", record_name(cluster));
    format!("applyset-{}-v1", URL_SAFE_NO_PAD.encode(digest(&SHA256, parent.as_bytes())))
}

/// Sets a label on a body.
pub fn set_label(body: &mut Value, label: &str, value: &str) {
    set_in(body, "labels", label, value);
}

/// Sets an annotation on a body.
pub fn set_annotation(body: &mut Value, annotation: &str, value: &str) {
    set_in(body, "annotations", annotation, value);
}

fn set_in(body: &mut Value, member: &str, key: &str, value: &str) {
    let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let map = metadata.entry(member).or_insert_with(|| Value::Object(Map::new()));
    if let Some(map) = map.as_object_mut() {
        map.insert(key.to_owned(), json!(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_label_value() {
        let id = id("hospital", "simple");
        assert!(id.len() <= 63 && id.starts_with("applyset-") && id.ends_with("-v1"), "{id}");
        assert_ne!(id, super::id("hospital", "other"));
    }
}
