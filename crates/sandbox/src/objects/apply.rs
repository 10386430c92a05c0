//! Server-side apply of the body of a request.

use iriskit_kubernetes::server_side_apply::{self, Apply, ApplyError, Conflict};
use serde_json::{Map, Value, json};

use super::{decode, failure::Failure};

/// The object as it is after the apply, with `managedFields` and defaults. What the server allocates or resets is added
/// by [`super::finish_create`] and [`super::finish_update`].
///
/// # Errors
/// 400 for a body of another kind or with `managedFields`, 500 for one that does not fit the schema, 409 for conflicts and
/// for the uid of an object that is not there. Another uid or resourceVersion than the live one is refused by
/// [`super::finish_update`].
pub(crate) fn apply(request: &Apply<'_>) -> Result<Value, Failure> {
    let Apply { kind, live, body, .. } = *request;
    decode::same_kind(kind, body)?;
    if body.pointer("/metadata/managedFields").is_some_and(|fields| !fields.is_null()) {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    decode::check_applied(kind, body)?;
    let after = server_side_apply::apply(request).map_err(|error| match error {
        ApplyError::UnreadableManagedFields => Failure::schema(error.to_string()),
        ApplyError::Conflicts(conflicts) => conflict(&conflicts),
    })?;
    let uid = body.pointer("/metadata/uid").and_then(Value::as_str).filter(|uid| !uid.is_empty());
    match uid.filter(|_| live.is_none()) {
        Some(uid) => Err(Failure::no_object_of_uid(kind, decode::name(body), uid)),
        None => Ok(after),
    }
}

/// 409: managers and places, each place once a manager.
fn conflict(conflicts: &[Conflict]) -> Failure {
    let pairs: Vec<_> = conflicts
        .iter()
        .flat_map(|conflict| conflict.fields.leaves().map(move |path| (&conflict.manager, path)))
        .collect();
    let causes: Vec<Value> = pairs
        .iter()
        .map(|(manager, path)| {
            json!({
                "reason": "FieldManagerConflict",
                "message": format!("conflict with {manager}"),
                "field": path.to_string(),
            })
        })
        .collect();
    let message = if let [(manager, path)] = pairs.as_slice() {
        format!("Apply failed with 1 conflict: conflict with {manager}: {path}")
    } else {
        let mut lines = Vec::new();
        for conflict in conflicts {
            lines.push(format!("conflicts with {}:", conflict.manager));
            lines.extend(conflict.fields.leaves().map(|path| format!("- {path}")));
        }
        format!("Apply failed with {} conflicts: {}", pairs.len(), lines.join("\n"))
    };
    Failure::new(409, "Conflict", message).with_details(Map::from_iter([("causes".to_owned(), Value::Array(causes))]))
}
