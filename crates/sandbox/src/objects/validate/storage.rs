//! Volumes, classes and revisions.

use serde_json::Value;

use super::{
    names::key_problems,
    read::{items, one_of, text},
};
use crate::objects::cause::Cause;

pub(super) fn check_volume(object: &Value, causes: &mut Vec<Cause>) {
    let spec = object.get("spec").unwrap_or(&Value::Null);
    if items(spec, "accessModes").is_empty() {
        causes.push(Cause::required("spec.accessModes", ""));
    }
    if spec.pointer("/capacity/storage").is_none() {
        causes.push(Cause::required("spec.capacity", ""));
    }
    let policies = ["Delete", "Recycle", "Retain"];
    one_of(spec, "persistentVolumeReclaimPolicy", "spec", &policies, causes);
}

/// Where the data of a volume are, and how, is for life.
pub(super) fn check_volume_update(live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    const CHANGEABLE: [&str; 9] = [
        "accessModes",
        "capacity",
        "claimRef",
        "mountOptions",
        "nodeAffinity",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "volumeAttributesClassName",
        "volumeMode",
    ];
    let member = |object: &Value, name: &str| object.get("spec").and_then(|spec| spec.get(name)).cloned();
    let source = |object: &Value| {
        let mut spec = object.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
        spec.retain(|name, _| !CHANGEABLE.contains(&name.as_str()));
        spec
    };
    if source(live) != source(object) {
        let what = "spec.persistentvolumesource is immutable after creation\n";
        causes.push(Cause::forbidden("spec.persistentvolumesource", what));
    }
    if member(live, "volumeMode") != member(object, "volumeMode") {
        let value = member(object, "volumeMode").unwrap_or_default();
        causes.push(Cause::invalid("volumeMode", value, "field is immutable"));
    }
    let nodes = member(live, "nodeAffinity");
    if nodes.is_some() && nodes != member(object, "nodeAffinity") {
        let value = member(object, "nodeAffinity").unwrap_or_default();
        let what = "field is immutable, except for updating from beta label to GA";
        causes.push(Cause::invalid("nodeAffinity", value, what));
    }
}

pub(super) fn check_class(object: &Value, causes: &mut Vec<Cause>) {
    let provisioner = text(object, "provisioner");
    if provisioner.is_empty() {
        causes.push(Cause::required("provisioner", ""));
    } else {
        let problems = key_problems(&provisioner.to_lowercase());
        causes.extend(problems.iter().map(|problem| Cause::invalid("provisioner", provisioner, problem)));
    }
    one_of(object, "reclaimPolicy", "", &["Delete", "Retain"], causes);
    one_of(object, "volumeBindingMode", "", &["Immediate", "WaitForFirstConsumer"], causes);
}

pub(super) fn check_class_update(live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    for field in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
        if live.get(field) != object.get(field) {
            let value = object.get(field).cloned().unwrap_or_default();
            causes.push(Cause::invalid(field, value, "field is immutable"));
        }
    }
}

pub(super) fn check_revision_update(live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    if live.get("data") != object.get("data") {
        let value = object.get("data").cloned().unwrap_or_default();
        causes.push(Cause::invalid("data", value, "field is immutable"));
    }
}
