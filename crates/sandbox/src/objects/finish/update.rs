//! A changed object.

use serde_json::{Map, Value};

use super::{Allocations, allocate, fold_string_data, generation, section, service, text};
use crate::objects::{failure::Failure, validate};
use iriskit_kubernetes::{schema::Kind, server_side_apply::same};

/// Turns an applied or patched value into the next state of a live object: what a client can't set is kept, the
/// generation counts changes of the spec, a Service keeps what was allocated. `subresource` is `status` for a write of the
/// status: then the spec is kept, else the status. The resourceVersion stays the live one; the caller moves it on.
///
/// # Errors
/// 409 for another resourceVersion than the live one; 422 with all causes when the object is not valid, or changes what
/// can't change.
pub fn finish_update(
    kind: &Kind,
    live: &Value,
    object: &mut Value,
    subresource: Option<&str>,
    taken: &dyn Allocations,
    dry_run: bool,
) -> Result<(), Failure> {
    validate::same_uid(kind, live, object)?;
    same_version(kind, live, object)?;
    keep_metadata(live, object);
    if subresource == Some("status") {
        keep(live, object, "spec");
        return Ok(());
    }
    keep(live, object, "status");
    if kind.kind == "Secret" {
        fold_string_data(object);
    }
    if kind.kind == "Service" {
        service::carry_over(live, object);
        if service::needs_ip(object) && !service::needs_ip(live) {
            service::set_families(object);
        }
    }
    if generation::counts(kind) && !generation::same_spec(kind, live, object) {
        let next = live.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default() + 1;
        if let Some(metadata) = section(object, "metadata") {
            metadata.insert("generation".to_owned(), Value::from(next));
        }
    }
    validate::validate_update(kind, live, object)?;
    if kind.kind == "Service" {
        allocate::allocate(kind, Some(live), object, taken, dry_run)?;
    }
    Ok(())
}

/// Refuses a write that was made for another version; a Lease must say for which one.
fn same_version(kind: &Kind, live: &Value, object: &Value) -> Result<(), Failure> {
    let name = text(object, "/metadata/name");
    match text(object, "/metadata/resourceVersion") {
        "" | "0" if kind.kind == "Lease" => Err(Failure::no_version(kind, name)),
        "" | "0" => Ok(()),
        version if version == text(live, "/metadata/resourceVersion") => Ok(()),
        _ => Err(Failure::modified(kind, name)),
    }
}

/// Fields of metadata that only the server changes.
fn keep_metadata(live: &Value, object: &mut Value) {
    let Some(metadata) = section(object, "metadata") else { return };
    for field in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "generateName",
    ] {
        match live.pointer(&format!("/metadata/{field}")) {
            Some(value) => {
                metadata.insert(field.to_owned(), value.clone());
            }
            None => {
                metadata.remove(field);
            }
        }
    }
}

fn keep(live: &Value, object: &mut Value, part: &str) {
    let Some(map) = object.as_object_mut() else { return };
    match live.get(part) {
        Some(value) => {
            map.insert(part.to_owned(), value.clone());
        }
        None => {
            map.remove(part);
        }
    }
}

/// Whether a write changes nothing: times of `managedFields` and the resourceVersion aside. Such a write is not stored,
/// and answers the live object.
pub fn unchanged(live: &Value, object: &Value) -> bool {
    let timeless = |object: &Value| {
        let mut object = object.clone();
        let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return object };
        metadata.remove("resourceVersion");
        let entries = metadata.get_mut("managedFields").and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten().filter_map(Value::as_object_mut) {
            entry.remove("time");
        }
        if let Some(Value::Array(entries)) = metadata.get_mut("managedFields") {
            // Their order follows the times.
            entries.sort_by_key(|entry| entry.as_object().map(Map::len).zip(Some(entry.to_string())));
        }
        object
    };
    same(&timeless(live), &timeless(object))
}
