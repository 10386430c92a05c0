//! What the server does to an object after defaults and before it is stored.

mod allocate;
mod create;
mod generation;
mod service;
mod update;

pub use allocate::Allocations;
pub use create::finish_create;
pub(super) use generation::amounts;
pub use update::{finish_update, unchanged};

use serde_json::{Map, Value};

/// The object's map under a name, made when it is missing.
fn section<'a>(object: &'a mut Value, name: &str) -> Option<&'a mut Map<String, Value>> {
    let section = object.as_object_mut()?.entry(name).or_insert(Value::Null);
    if section.is_null() {
        *section = Value::Object(Map::new());
    }
    section.as_object_mut()
}

/// Text at a pointer, `""` when it is not there.
fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Secrets take texts too: they are data in another spelling.
pub(super) fn fold_string_data(object: &mut Value) {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    let Some(Value::Object(texts)) = object.as_object_mut().and_then(|secret| secret.remove("stringData")) else {
        return;
    };
    let Some(data) = section(object, "data") else { return };
    for (key, value) in texts {
        let bytes = value.as_str().unwrap_or_default().as_bytes();
        data.insert(key, Value::from(STANDARD.encode(bytes)));
    }
}
