//! PriorityClasses.

use serde_json::Value;

use crate::{
    fields,
    objects::Cause,
    strategy::Strategy,
    validation::read::{number, one_of, text},
};
use iriskit_kubernetes::schema::Kind;

/// The highest value that is not the system's own.
const HIGHEST: i64 = 1_000_000_000;

#[derive(Debug)]
pub(super) struct PriorityClass;

impl Strategy for PriorityClass {
    fn kind(&self) -> (&'static str, &'static str) {
        ("scheduling.k8s.io/v1", "PriorityClass")
    }

    fn counts_generation(&self) -> bool {
        true
    }

    fn set_defaults(&self, class: &mut Value) {
        if text(class, "preemptionPolicy").is_empty() {
            fields::set(class, &["preemptionPolicy"], Some(Value::from("PreemptLowerPriority")));
        }
    }

    fn validate(&self, class: &Value, _live: Option<&Value>, causes: &mut Vec<Cause>) {
        if number(class, "value").is_some_and(|value| value > HIGHEST) {
            causes.push(Cause::forbidden("value", "values above 1000000000 are the system's own"));
        }
        one_of(class, "preemptionPolicy", "", &["Never", "PreemptLowerPriority"], causes);
    }

    fn validate_update(&self, _kind: &Kind, live: &Value, class: &Value, causes: &mut Vec<Cause>) {
        if number(live, "value") != number(class, "value") {
            causes.push(Cause::forbidden("value", "may not be changed in an update"));
        }
        if text(live, "preemptionPolicy") != text(class, "preemptionPolicy") {
            causes.push(Cause::invalid("preemptionPolicy", text(class, "preemptionPolicy"), "field is immutable"));
        }
    }
}
