//! References to owners.

use serde_json::Value;

use super::fields;

/// Adds an owner, unless it is there.
pub(crate) fn add(value: &mut Value, owner: Value) {
    let mut owners = fields::items(value, "/metadata/ownerReferences").to_vec();
    if owners.iter().all(|known| known.get("uid") != owner.get("uid")) {
        owners.push(owner);
        fields::set(value, &["metadata", "ownerReferences"], Some(Value::Array(owners)));
    }
}

/// Keeps only some of the owners.
pub(crate) fn retain(value: &mut Value, keep: impl Fn(&Value) -> bool) {
    let mut owners = fields::items(value, "/metadata/ownerReferences").to_vec();
    let before = owners.len();
    owners.retain(keep);
    if owners.len() != before {
        let left = (!owners.is_empty()).then_some(Value::Array(owners));
        fields::set(value, &["metadata", "ownerReferences"], left);
    }
}
