//! Places of an object that [`super::ready`] reads.

use serde_json::Value;

/// Text at a JSON pointer.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer).and_then(Value::as_str)
}

/// Whole number at a JSON pointer.
pub(super) fn number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Value::as_i64)
}

/// `metadata.name`, or nothing.
pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name").unwrap_or_default()
}

/// Whether deletion has begun.
pub(super) fn is_terminating(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some_and(|at| !at.is_null())
}

/// Items of an array at a JSON pointer.
pub(super) fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Status of a condition.
pub(super) fn condition<'a>(object: &'a Value, condition: &str) -> Option<&'a Value> {
    items(object, "/status/conditions").iter().find(|found| found.get("type") == Some(&Value::from(condition)))
}

/// Whether a condition is `True`.
pub(super) fn is_true(object: &Value, name: &str) -> bool {
    condition(object, name).and_then(|condition| text(condition, "/status")) == Some("True")
}

/// Whether a pod serves: condition Ready, and not on its way out.
pub(super) fn is_ready_pod(pod: &Value) -> bool {
    !is_terminating(pod) && is_true(pod, "Ready")
}

/// The number at the end of a pod's name.
pub(super) fn ordinal(pod: &str) -> u64 {
    pod.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
