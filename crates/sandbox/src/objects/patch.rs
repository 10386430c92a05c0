//! Merge patch and JSON patch.

use serde_json::{Map, Value};

use super::failure::Failure;

/// The value after a merge patch (RFC 7386).
pub(crate) fn merge_patch(value: &Value, patch: &Value) -> Value {
    let mut merged = value.clone();
    json_patch::merge(&mut merged, patch);
    merged
}

/// The value after a JSON patch (RFC 6902).
///
/// # Errors
/// 400 for what is no list, 422 for what is no operation, for a `test` that fails and for a place that is not there.
pub(crate) fn json_patch(value: &Value, patch: &Value) -> Result<Value, Failure> {
    if !patch.is_array() {
        return Err(Failure::bad_request("error decoding patch: a JSON patch is a list of operations"));
    }
    let refused = |why: &dyn std::fmt::Display| {
        let message = format!("the server rejected our request due to an error in our request: {why}");
        Failure::new(422, "Invalid", message).with_details(Map::new())
    };
    let patch: json_patch::Patch = serde_json::from_value(patch.clone()).map_err(|error| refused(&error))?;
    let mut patched = value.clone();
    json_patch::patch(&mut patched, &patch).map_err(|error| refused(&error))?;
    Ok(patched)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_json_patch_is_told_from_what_can_t_be_done() {
        let value = json!({"l": [1, 2]});
        for (patch, code) in [
            (json!({}), 400),
            (json!([{"op": "nonsense", "path": "/l"}]), 422),
            (json!([{"op": "test", "path": "/l/0", "value": 2}]), 422),
            (json!([{"op": "remove", "path": "/x"}]), 422),
        ] {
            assert_eq!(json_patch(&value, &patch).unwrap_err().code, code, "{patch}");
        }
    }
}
