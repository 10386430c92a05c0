//! Which objects are valid, and which changes are allowed, in the server's words.
//!
//! Not every rule of the server is here: those that matter for the kinds and fields that iriskit and its companions use.

mod access;
mod claim;
mod config;
mod container;
mod ingress;
mod lease;
mod metadata;
mod names;
mod pod;
mod pod_update;
mod policy;
mod probe;
mod read;
mod resources;
mod service;
mod service_update;
mod stateful_set;
mod storage;
mod volume;

use serde_json::Value;

use super::{cause::Cause, failure::Failure};
use iriskit_kubernetes::schema::Kind;

/// Checks a new object.
///
/// # Errors
/// 422 with all causes.
pub fn validate_create(kind: &Kind, object: &Value) -> Result<(), Failure> {
    let mut causes = Vec::new();
    metadata::check(kind, object, &mut causes);
    check(kind, object, None, &mut causes);
    refuse(kind, object, &causes)
}

/// Checks an object that is to take the place of a live one: all that [`validate_create`] checks, and what may not change.
///
/// # Errors
/// 422 with all causes.
pub fn validate_update(kind: &Kind, live: &Value, object: &Value) -> Result<(), Failure> {
    let mut causes = Vec::new();
    metadata::check(kind, object, &mut causes);
    metadata::check_update(live, object, &mut causes);
    match kind.kind {
        "ConfigMap" | "Secret" => config::check_update(kind.kind, live, object, &mut causes),
        "RoleBinding" => access::check_binding_update(live, object, &mut causes),
        "PersistentVolumeClaim" => claim::check_update(kind, live, object, &mut causes),
        "PersistentVolume" => storage::check_volume_update(live, object, &mut causes),
        "ResourceQuota" => policy::check_quota_update(live, object, &mut causes),
        "StorageClass" => storage::check_class_update(live, object, &mut causes),
        "ControllerRevision" => storage::check_revision_update(live, object, &mut causes),
        "Pod" => pod_update::check(kind, live, object, &mut causes),
        "Service" => service_update::check(live, object, &mut causes),
        _ => {}
    }
    check(kind, object, Some(live), &mut causes);
    if kind.kind == "StatefulSet" {
        stateful_set::check_update(kind, live, object, &mut causes);
    }
    refuse(kind, object, &causes)
}

/// Refuses a write that names another uid than the live one.
///
/// # Errors
/// 422; the server checks it in two places and says so twice.
pub(super) fn same_uid(kind: &Kind, live: &Value, object: &Value) -> Result<(), Failure> {
    let uid = |object: &Value| object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().to_owned();
    let sent = uid(object);
    if sent.is_empty() || sent == uid(live) {
        return Ok(());
    }
    let cause = Cause::invalid("metadata.uid", sent, "field is immutable");
    refuse(kind, object, &[cause.clone(), cause])
}

fn refuse(kind: &Kind, object: &Value, causes: &[Cause]) -> Result<(), Failure> {
    let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    Failure::invalid(kind, name, causes).map_or(Ok(()), Err)
}

fn check(kind: &Kind, object: &Value, live: Option<&Value>, causes: &mut Vec<Cause>) {
    match kind.kind {
        "ConfigMap" => config::check_config(object, causes),
        "Secret" => config::check_secret(object, causes),
        "StatefulSet" => stateful_set::check(object, causes),
        "Pod" => pod::check(object.get("spec").unwrap_or(&Value::Null), "spec", causes),
        "Service" => service::check(object, live, causes),
        "Role" => access::check_role(object, causes),
        "RoleBinding" => access::check_binding(object, causes),
        "PersistentVolumeClaim" => claim::check(object.get("spec").unwrap_or(&Value::Null), "spec", causes),
        "PersistentVolume" => storage::check_volume(object, causes),
        "StorageClass" => storage::check_class(object, causes),
        "PodDisruptionBudget" => policy::check(object, causes),
        "Ingress" => ingress::check(object, causes),
        "Lease" => lease::check(object, causes),
        _ => {}
    }
}
