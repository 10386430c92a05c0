//! The local verdict "nothing to do", without asking the server.

use serde_json::Value;

use super::ownership::our_fields;
use crate::schema::{FieldSet, Kind, equal_after_canonicalisation, get, leaves};

/// Whether applying `body` to `live` is certain to change nothing: iriskit owns exactly the fields of `body`, and every
/// value is equal after canonicalisation. The annotation's text is not compared: it can only differ with a field, or with
/// its own ownership.
pub fn certainly_unchanged(kind: &Kind, body: &Value, live: &Value) -> bool {
    if live.pointer("/metadata/deletionTimestamp").is_some() {
        return false;
    }
    let owned = our_fields(live).and_then(|fields| FieldSet::from_fields_v1(fields).ok());
    let desired = FieldSet::of(kind, body).ok();
    if owned.is_none() || owned != desired {
        return false;
    }
    leaves(kind, body).into_iter().all(|(path, value)| {
        let text = path.to_string();
        text.contains(super::ANNOTATION)
            || matches!(text.as_str(), ".apiVersion" | ".kind")
            || get(kind, live, &path).is_some_and(|found| equal_after_canonicalisation(kind, &path, value, found))
    })
}
