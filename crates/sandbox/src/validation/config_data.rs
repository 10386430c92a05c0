//! The data of ConfigMaps and Secrets.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::objects::Cause;

/// As many bytes as the data may have.
pub(crate) const MOST: usize = 1024 * 1024;

/// How many bytes a base64 text stands for.
pub(crate) fn decoded_length(value: &Value) -> usize {
    value.as_str().and_then(|text| STANDARD.decode(text).ok()).map_or(0, |bytes| bytes.len())
}

/// Finds changes of an object that is immutable by its own word.
pub(crate) fn check_frozen(live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    if live.get("immutable") != Some(&Value::Bool(true)) {
        return;
    }
    let what = "field is immutable when `immutable` is set";
    if object.get("immutable") != Some(&Value::Bool(true)) {
        causes.push(Cause::forbidden("immutable", what));
    }
    for field in ["data", "binaryData"] {
        let of = |object: &Value| object.get(field).cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        if of(live) != of(object) {
            causes.push(Cause::forbidden(field, what));
        }
    }
}
