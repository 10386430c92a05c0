//! Leases.

use serde_json::Value;

use crate::{
    objects::Cause,
    strategy::Strategy,
    validation::read::{not_negative, number},
};

#[derive(Debug)]
pub(super) struct Lease;

impl Strategy for Lease {
    fn kind(&self) -> (&'static str, &'static str) {
        ("coordination.k8s.io/v1", "Lease")
    }

    fn allow_create_on_update(&self) -> bool {
        true
    }

    fn allow_unconditional_update(&self) -> bool {
        false
    }

    fn validate(&self, object: &Value, _live: Option<&Value>, causes: &mut Vec<Cause>) {
        let spec = object.get("spec").unwrap_or(&Value::Null);
        if let Some(seconds) = number(spec, "leaseDurationSeconds").filter(|seconds| *seconds <= 0) {
            causes.push(Cause::invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"));
        }
        not_negative(spec, "leaseTransitions", "spec", causes);
    }
}
