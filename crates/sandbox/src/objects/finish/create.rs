//! A new object.

use serde_json::{Value, json};

use super::{Allocations, allocate, fold_string_data, generation, section, service};
use crate::objects::{failure::Failure, validate};
use iriskit_kubernetes::schema::{self, Kind};

/// Turns an applied or decoded value into a new object: what a client can't set goes, generation 1, status, finalizers
/// and class of a claim, families, cluster IP and node ports of a Service. uid, creationTimestamp and resourceVersion are
/// the caller's.
///
/// # Errors
/// 422 with all causes when the object is not valid, or when what it asks for is taken.
pub fn finish_create(kind: &Kind, object: &mut Value, taken: &dyn Allocations, dry_run: bool) -> Result<(), Failure> {
    if let Some(metadata) = section(object, "metadata") {
        for field in [
            "resourceVersion",
            "uid",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "selfLink",
        ] {
            metadata.remove(field);
        }
        if generation::counts(kind) {
            metadata.insert("generation".to_owned(), Value::from(1));
        } else {
            metadata.remove("generation");
        }
    }
    match kind.kind {
        "Secret" => fold_string_data(object),
        "PersistentVolumeClaim" => complete_claim(object, taken),
        "PersistentVolume" => add_finalizer(object, "kubernetes.io/pv-protection"),
        "Namespace" => {
            if let Some(spec) = section(object, "spec") {
                spec.insert("finalizers".to_owned(), json!(["kubernetes"]));
            }
        }
        _ => {}
    }
    reset_status(kind, object);
    if kind.kind == "Service" {
        service::set_families(object);
    }
    validate::validate_create(kind, object)?;
    if kind.kind == "Service" {
        allocate::allocate(kind, None, object, taken, dry_run)?;
    }
    Ok(())
}

/// Status is not the client's: a new object has that of its defaults.
fn reset_status(kind: &Kind, object: &mut Value) {
    if kind.kind == "SelfSubjectAccessReview" {
        return;
    }
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
    }
    schema::default(kind, object);
    if kind.kind == "Pod" {
        let class = quality_of_service(object);
        if let Some(status) = section(object, "status") {
            status.insert("phase".to_owned(), Value::from("Pending"));
            status.insert("qosClass".to_owned(), Value::from(class));
        }
    }
}

fn quality_of_service(pod: &Value) -> &'static str {
    let containers = ["containers", "initContainers"].into_iter().flat_map(|list| {
        pod.pointer(&format!("/spec/{list}")).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    });
    let mut any = false;
    let mut guaranteed = true;
    for container in containers {
        for resource in ["cpu", "memory"] {
            let of = |part: &str| container.pointer(&format!("/resources/{part}/{resource}"));
            any |= of("limits").is_some() || of("requests").is_some();
            guaranteed &= of("limits").is_some() && of("limits") == of("requests");
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

fn complete_claim(claim: &mut Value, taken: &dyn Allocations) {
    add_finalizer(claim, "kubernetes.io/pvc-protection");
    let old_annotation = claim.pointer("/metadata/annotations/volume.beta.kubernetes.io~1storage-class").is_some();
    let unset = claim.pointer("/spec/storageClassName").is_none();
    if unset
        && !old_annotation
        && let (Some(class), Some(spec)) = (taken.default_storage_class(), section(claim, "spec"))
    {
        spec.insert("storageClassName".to_owned(), Value::from(class));
    }
}

fn add_finalizer(object: &mut Value, finalizer: &str) {
    let Some(metadata) = section(object, "metadata") else { return };
    let finalizers = metadata.entry("finalizers").or_insert_with(|| json!([]));
    if let Some(list) = finalizers.as_array_mut()
        && !list.iter().any(|known| known == finalizer)
    {
        list.push(Value::from(finalizer));
    }
}
