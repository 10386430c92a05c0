//! Claims of volumes.

use serde_json::Value;

use super::{
    names::{check_labels, subdomain_problem},
    read::{items, one_of, text},
};
use crate::objects::{cause::Cause, finish::amounts};
use iriskit_kubernetes::schema::{
    Kind,
    quantity::{self, Amount},
};

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/// Checks the spec of a claim or claim template.
pub(super) fn check(spec: &Value, at: &str, causes: &mut Vec<Cause>) {
    let modes = items(spec, "accessModes");
    if modes.is_empty() {
        causes.push(Cause::required(format!("{at}.accessModes"), "at least 1 access mode is required"));
    }
    for mode in modes.iter().filter_map(Value::as_str).filter(|mode| !MODES.contains(mode)) {
        causes.push(Cause::not_supported(format!("{at}.accessModes"), mode, &MODES));
    }
    if modes.len() > 1 && modes.iter().any(|mode| mode == "ReadWriteOncePod") {
        let what = "may not use ReadWriteOncePod with other access modes";
        causes.push(Cause::forbidden(format!("{at}.accessModes"), what));
    }
    let storage = spec.pointer("/resources/requests/storage").and_then(Value::as_str);
    match storage {
        None => causes.push(Cause::required(format!("{at}.resources[storage]"), "")),
        Some(text) => {
            if quantity::parse(text).is_ok_and(|amount| amount <= Amount::ZERO) {
                causes.push(Cause::invalid(format!("{at}.resources[storage]"), text, "must be greater than zero"));
            }
        }
    }
    let class = text(spec, "storageClassName");
    if let Some(problem) = Some(class).filter(|class| !class.is_empty()).and_then(subdomain_problem) {
        causes.push(Cause::invalid(format!("{at}.storageClassName"), class, problem));
    }
    one_of(spec, "volumeMode", at, &["Block", "Filesystem"], causes);
    if let Some(selector) = spec.get("selector") {
        check_labels(selector, "matchLabels", &format!("{at}.selector.matchLabels"), causes);
    }
}

/// A bound claim may ask for more, and its volume is filled in once; nothing else changes.
pub(super) fn check_update(kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    let size = |object: &Value, pointer: &str| {
        object.pointer(pointer).and_then(Value::as_str).and_then(|text| quantity::parse(text).ok())
    };
    let requested = "/spec/resources/requests/storage";
    let comparable = |object: &Value| {
        let mut object = object.clone();
        amounts(kind.root, &mut object);
        let mut spec = object.get("spec").cloned().unwrap_or_default();
        if text(live.get("spec").unwrap_or(&Value::Null), "volumeName").is_empty()
            && let Some(spec) = spec.as_object_mut()
        {
            spec.remove("volumeName");
        }
        if live.pointer("/status/phase").is_some_and(|phase| phase == "Bound") {
            if let Some(requests) = spec.pointer_mut("/resources/requests").and_then(Value::as_object_mut) {
                requests.remove("storage");
            }
            if let Some(spec) = spec.as_object_mut() {
                spec.remove("volumeAttributesClassName");
            }
        }
        spec
    };
    if comparable(live) != comparable(object) {
        let what = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound \
                    claims\n";
        causes.push(Cause::forbidden("spec", what));
    }
    let smaller = size(object, requested) < size(live, requested);
    if smaller && size(object, requested) <= Some(size(live, "/status/capacity/storage").unwrap_or(Amount::ZERO)) {
        let what = "field can not be less than status.capacity";
        causes.push(Cause::forbidden("spec.resources.requests.storage", what));
    }
}
