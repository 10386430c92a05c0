//! PodDisruptionBudgets.

use serde_json::Value;

use crate::{
    objects::Cause,
    strategy::Strategy,
    validation::{names::check_labels, read::one_of},
};

#[derive(Debug)]
pub(super) struct PodDisruptionBudget;

impl Strategy for PodDisruptionBudget {
    fn kind(&self) -> (&'static str, &'static str) {
        ("policy/v1", "PodDisruptionBudget")
    }

    fn counts_generation(&self) -> bool {
        true
    }

    fn validate(&self, object: &Value, _live: Option<&Value>, causes: &mut Vec<Cause>) {
        check(object, causes);
    }
}

fn check(object: &Value, causes: &mut Vec<Cause>) {
    let spec = object.get("spec").unwrap_or(&Value::Null);
    let given = |name: &str| spec.get(name).filter(|value| !value.is_null());
    if given("minAvailable").is_some() && given("maxUnavailable").is_some() {
        causes.push(Cause::invalid("spec", spec.clone(), "minAvailable and maxUnavailable cannot be both set"));
    }
    for name in ["minAvailable", "maxUnavailable"] {
        if let Some(value) = given(name) {
            check_share(value, &format!("spec.{name}"), causes);
        }
    }
    if let Some(selector) = spec.get("selector") {
        check_labels(selector, "matchLabels", "spec.selector.matchLabels", causes);
    }
    one_of(spec, "unhealthyPodEvictionPolicy", "spec", &["AlwaysAllow", "IfHealthyBudget"], causes);
}

/// A count, or a percentage up to 100%.
fn check_share(value: &Value, at: &str, causes: &mut Vec<Cause>) {
    match value {
        Value::String(text) => {
            let percent = text.strip_suffix('%').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
            match percent.and_then(|digits| digits.parse::<u64>().ok()) {
                None => causes.push(Cause::invalid(at, text.as_str(), "must be a number followed by '%'")),
                Some(percent) if percent > 100 => {
                    causes.push(Cause::invalid(at, text.as_str(), "must not be greater than 100%"));
                }
                Some(_) => {}
            }
        }
        number => {
            if number.as_i64().is_some_and(|number| number < 0) {
                causes.push(Cause::invalid(at, number.clone(), "must be greater than or equal to 0"));
            }
        }
    }
}
