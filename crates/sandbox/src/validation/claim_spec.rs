//! The spec of claims and claim templates.

use serde_json::Value;

use super::{
    names::{check_labels, subdomain_problem},
    read::{items, one_of, text},
};
use crate::objects::Cause;
use iriskit_kubernetes::schema::quantity::{self, Amount};

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/// Checks the spec of a claim or claim template.
pub(crate) fn check(spec: &Value, at: &str, causes: &mut Vec<Cause>) {
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
