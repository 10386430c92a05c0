//! A changed object.

use serde_json::{Map, Value};

use super::{cause::Cause, failure::Failure};
use crate::{
    fields,
    registry::Served,
    store::Store,
    validation::{amounts::comparable_spec, metadata},
};
use iriskit_kubernetes::{schema::Kind, server_side_apply::same};

/// Turns an applied or patched value into the next state of a live object: what a client can't set is kept, and the
/// generation counts changes of the spec. `subresource` is `status` for a write of the status: then the spec is kept, else
/// the status. The resourceVersion stays the live one; the caller moves it on.
///
/// # Errors
/// 409 for another resourceVersion than the live one; 422 with all causes when the object is not valid, or changes what
/// can't change; 403 for what the cluster does not admit.
pub(crate) fn finish_update(
    served: Served,
    live: &Value,
    object: &mut Value,
    subresource: Option<&str>,
    store: &Store,
    dry_run: bool,
) -> Result<(), Failure> {
    let Served { kind, strategy } = served;
    same_uid(kind, live, object)?;
    same_version(served, live, object)?;
    keep_metadata(live, object);
    if subresource == Some("status") {
        keep(live, object, "spec");
        strategy.prepare_status(object);
        return Ok(());
    }
    keep(live, object, "status");
    strategy.set_defaults(object);
    strategy.prepare_for_update(live, object);
    if strategy.counts_generation() && comparable_spec(kind, live) != comparable_spec(kind, object) {
        let next = fields::number(live, "/metadata/generation").unwrap_or_default() + 1;
        fields::set(object, &["metadata", "generation"], Some(Value::from(next)));
    }
    let mut causes = Vec::new();
    metadata::check(served, object, &mut causes);
    metadata::check_update(live, object, &mut causes);
    strategy.validate(object, Some(live), &mut causes);
    strategy.validate_update(kind, live, object, &mut causes);
    Failure::unless_valid(kind, object, &causes)?;
    strategy
        .allocate(Some(live), object, store, dry_run)
        .map_err(|cause| Failure::invalid(kind, fields::name(object), &[cause]))?;
    strategy.admit_update(kind, live, object, store)
}

/// Refuses a write that names another uid than the live one. A server checks it in two places and says so twice.
fn same_uid(kind: &Kind, live: &Value, object: &Value) -> Result<(), Failure> {
    let uid = fields::uid(object);
    if uid.is_empty() || uid == fields::uid(live) {
        return Ok(());
    }
    let cause = Cause::invalid("metadata.uid", uid, "field is immutable");
    Failure::unless_valid(kind, object, &[cause.clone(), cause])
}

/// Refuses a write that was made for another version, and one that has to say for which and does not.
fn same_version(served: Served, live: &Value, object: &Value) -> Result<(), Failure> {
    let name = fields::name(object);
    match fields::text(object, "/metadata/resourceVersion") {
        "" | "0" if !served.strategy.allow_unconditional_update() => Err(Failure::no_version(served.kind, name)),
        "" | "0" => Ok(()),
        version if version == fields::text(live, "/metadata/resourceVersion") => Ok(()),
        _ => Err(Failure::modified(served.kind, name)),
    }
}

/// Fields of metadata that only the server changes.
fn keep_metadata(live: &Value, object: &mut Value) {
    for field in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "generateName",
    ] {
        fields::set(object, &["metadata", field], live.pointer(&format!("/metadata/{field}")).cloned());
    }
}

fn keep(live: &Value, object: &mut Value, part: &str) {
    fields::set(object, &[part], live.get(part).cloned());
}

/// Whether a write changes nothing: times of `managedFields` and the resourceVersion aside. Such a write is not stored,
/// and answers the live object.
pub(crate) fn unchanged(live: &Value, object: &Value) -> bool {
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
