//! Merge patch and JSON patch.

use serde_json::{Map, Value};

use super::failure::Failure;

/// The value after a merge patch (RFC 7386).
pub fn merge_patch(value: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut merged = value.as_object().cloned().unwrap_or_default();
    for (key, change) in patch {
        if change.is_null() {
            merged.remove(key);
        } else {
            let old = merged.get(key).unwrap_or(&Value::Null);
            let new = merge_patch(old, change);
            merged.insert(key.clone(), new);
        }
    }
    Value::Object(merged)
}

/// The value after a JSON patch (RFC 6902).
///
/// # Errors
/// 400 for what is no patch, 422 for a `test` that fails and for a place that is not there.
pub fn json_patch(value: &Value, patch: &Value) -> Result<Value, Failure> {
    let wrong = || {
        Failure::bad_request(
            "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch",
        )
    };
    let mut patched = value.clone();
    for operation in patch.as_array().ok_or_else(wrong)? {
        apply_operation(&mut patched, operation).ok_or_else(|| {
            Failure::new(422, "Invalid", "the server rejected our request due to an error in our request")
                .with_details(Map::new())
        })?;
    }
    Ok(patched)
}

/// `None` when it can't be done.
fn apply_operation(value: &mut Value, operation: &Value) -> Option<()> {
    let text = |key: &str| operation.get(key).and_then(Value::as_str);
    let path = text("path")?;
    match text("op")? {
        "add" => add(value, path, operation.get("value")?.clone()),
        "remove" => remove(value, path).map(|_| ()),
        "replace" => {
            let new = operation.get("value")?.clone();
            *value.pointer_mut(path)? = new;
            Some(())
        }
        "test" => (value.pointer(path)? == operation.get("value")?).then_some(()),
        "copy" => {
            let from = value.pointer(text("from")?)?.clone();
            add(value, path, from)
        }
        "move" => {
            let from = remove(value, text("from")?)?;
            add(value, path, from)
        }
        _ => None,
    }
}

/// The parent's pointer and the last token.
fn split(path: &str) -> Option<(&str, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    Some((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn add(value: &mut Value, path: &str, new: Value) -> Option<()> {
    if path.is_empty() {
        *value = new;
        return Some(());
    }
    let (parent, last) = split(path)?;
    match value.pointer_mut(parent)? {
        Value::Object(map) => {
            map.insert(last, new);
            Some(())
        }
        Value::Array(items) => {
            let at = if last == "-" { items.len() } else { last.parse().ok()? };
            if at > items.len() {
                return None;
            }
            items.insert(at, new);
            Some(())
        }
        _ => None,
    }
}

fn remove(value: &mut Value, path: &str) -> Option<Value> {
    let (parent, last) = split(path)?;
    match value.pointer_mut(parent)? {
        Value::Object(map) => map.remove(&last),
        Value::Array(items) => {
            let at: usize = last.parse().ok()?;
            (at < items.len()).then(|| items.remove(at))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_merge_patch_removes_with_null_and_replaces_lists() {
        let value = json!({"a": {"b": 1, "c": 2}, "l": [1, 2]});
        let patch = json!({"a": {"b": null, "d": {"e": null, "f": 1}}, "l": [3]});
        assert_eq!(merge_patch(&value, &patch), json!({"a": {"c": 2, "d": {"f": 1}}, "l": [3]}));
        assert_eq!(merge_patch(&json!([1]), &json!({"a": 1})), json!({"a": 1}));
    }

    #[test]
    fn json_patches() {
        let value = json!({"a": {"b/c": 1}, "l": [1, 2]});
        let patch = json!([
            {"op": "test", "path": "/a/b~1c", "value": 1},
            {"op": "add", "path": "/l/1", "value": 9},
            {"op": "add", "path": "/l/-", "value": 8},
            {"op": "replace", "path": "/a/b~1c", "value": 2},
            {"op": "copy", "from": "/a", "path": "/d"},
            {"op": "move", "from": "/a/b~1c", "path": "/e"},
            {"op": "remove", "path": "/l/0"},
        ]);
        assert_eq!(json_patch(&value, &patch).unwrap(), json!({"a": {}, "d": {"b/c": 2}, "e": 2, "l": [9, 2, 8]}));
        for bad in [
            json!([{"op": "test", "path": "/l/0", "value": 2}]),
            json!([{"op": "remove", "path": "/x"}]),
            json!([{"op": "add", "path": "/x/y", "value": 1}]),
            json!([{"op": "add", "path": "/l/7", "value": 1}]),
            json!([{"op": "nonsense", "path": "/l"}]),
        ] {
            let failure = json_patch(&value, &bad).unwrap_err();
            assert_eq!((failure.code, failure.reason.as_deref()), (422, Some("Invalid")), "{bad}");
        }
        assert_eq!(json_patch(&value, &json!({})).unwrap_err().code, 400);
    }
}
