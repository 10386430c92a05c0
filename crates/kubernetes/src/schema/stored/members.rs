//! Members of an object that the server secret_values in when they are left out.

use serde_json::{Map, Value, json};

/// Sets a field that is absent.
pub(super) fn absent(map: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    if !map.contains_key(name) {
        map.insert(name.to_owned(), value.into());
    }
}

/// Sets a field that is absent, `""` or 0.
pub(super) fn zero(map: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    let empty = match map.get(name) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Number(number)) => number.as_i64() == Some(0),
        Some(_) => false,
    };
    if empty {
        map.insert(name.to_owned(), value.into());
    }
}

/// The text of a field, `""` when it is absent.
pub(super) fn text<'a>(map: &'a Map<String, Value>, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The phase of an object that has none yet.
pub(super) fn phase(map: &mut Map<String, Value>, phase: &str) {
    absent(map, "status", json!({}));
    if let Some(Value::Object(status)) = map.get_mut("status") {
        zero(status, "phase", phase);
    }
}
