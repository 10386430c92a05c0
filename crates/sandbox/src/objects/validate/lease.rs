//! Leases.

use serde_json::Value;

use super::read::{not_negative, number};
use crate::objects::cause::Cause;

pub(super) fn check(object: &Value, causes: &mut Vec<Cause>) {
    let spec = object.get("spec").unwrap_or(&Value::Null);
    if let Some(seconds) = number(spec, "leaseDurationSeconds").filter(|seconds| *seconds <= 0) {
        causes.push(Cause::invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"));
    }
    not_negative(spec, "leaseTransitions", "spec", causes);
}
