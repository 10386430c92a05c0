//! Reading and writing single fields of objects.

use serde_json::{Map, Value};

/// Text at a JSON pointer, empty when absent.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A whole number at a JSON pointer.
pub(crate) fn number(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer).and_then(Value::as_i64)
}

/// The items of an array at a JSON pointer; none when absent.
pub(crate) fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The object at `path`, made on the way where it is missing or of another type.
pub(crate) fn object<'a>(value: &'a mut Value, path: &[&str]) -> Option<&'a mut Map<String, Value>> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let map = value.as_object_mut()?;
    match path {
        [] => Some(map),
        [first, rest @ ..] => object(map.entry(*first).or_insert(Value::Null), rest),
    }
}

/// Sets the field at `path`, or removes it when `value` is `None`.
pub(crate) fn set(target: &mut Value, path: &[&str], value: Option<Value>) {
    let Some((last, parents)) = path.split_last() else { return };
    if let Some(value) = value {
        if let Some(map) = object(target, parents) {
            map.insert((*last).to_owned(), value);
        }
        return;
    }
    let mut here = target;
    for part in parents {
        let Some(next) = here.get_mut(*part) else { return };
        here = next;
    }
    if let Some(map) = here.as_object_mut() {
        map.remove(*last);
    }
}

/// `metadata.name`.
pub(crate) fn name(value: &Value) -> &str {
    text(value, "/metadata/name")
}

/// `metadata.uid`.
pub(crate) fn uid(value: &Value) -> &str {
    text(value, "/metadata/uid")
}

/// A label, empty when absent.
pub(crate) fn label<'a>(value: &'a Value, key: &str) -> &'a str {
    entry(value, "/metadata/labels", key)
}

/// An annotation, empty when absent.
pub(crate) fn annotation<'a>(value: &'a Value, key: &str) -> &'a str {
    entry(value, "/metadata/annotations", key)
}

fn entry<'a>(value: &'a Value, map: &str, key: &str) -> &'a str {
    value.pointer(map).and_then(|map| map.get(key)).and_then(Value::as_str).unwrap_or_default()
}

/// Whether `metadata.deletionTimestamp` is set.
pub(crate) fn is_terminating(value: &Value) -> bool {
    !text(value, "/metadata/deletionTimestamp").is_empty()
}

/// Whether a finalizer is set.
pub(crate) fn has_finalizer(value: &Value, finalizer: &str) -> bool {
    items(value, "/metadata/finalizers").iter().any(|item| item == finalizer)
}

/// Adds or removes a finalizer.
pub(crate) fn set_finalizer(value: &mut Value, finalizer: &str, present: bool) {
    let mut all = items(value, "/metadata/finalizers").to_vec();
    all.retain(|item| item != finalizer);
    if present {
        all.push(Value::from(finalizer));
    }
    set(value, &["metadata", "finalizers"], (!all.is_empty()).then_some(Value::Array(all)));
}

/// The reference of the controller among the owners.
pub(crate) fn controller(value: &Value) -> Option<&Value> {
    items(value, "/metadata/ownerReferences").iter().find(|owner| owner.get("controller") == Some(&Value::Bool(true)))
}
