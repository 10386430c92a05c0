//! Disruption budgets.

use serde_json::Value;

use super::{names::check_labels, read::one_of};
use crate::objects::cause::Cause;

pub(super) fn check(object: &Value, causes: &mut Vec<Cause>) {
    let spec = object.get("spec").unwrap_or(&Value::Null);
    let given = |name: &str| spec.get(name).filter(|value| !value.is_null());
    if let (Some(least), Some(most)) = (given("minAvailable"), given("maxUnavailable")) {
        let selector = spec.get("selector").cloned().unwrap_or_default();
        let policy = spec.get("unhealthyPodEvictionPolicy").cloned().unwrap_or_default();
        let message = format!(
            "Invalid value: {{\"MinAvailable\":{least},\"Selector\":{selector},\"MaxUnavailable\":{most},\
             \"UnhealthyPodEvictionPolicy\":{policy}}}: minAvailable and maxUnavailable cannot be both set"
        );
        causes.push(Cause { message, ..Cause::invalid("spec", Value::Null, "") });
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
                None => causes.push(Cause::invalid(
                    at,
                    text.as_str(),
                    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex \
                     used for validation is '[0-9]+%')",
                )),
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

/// What a quota counts is for life.
pub(super) fn check_quota_update(live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    let scopes = |object: &Value| object.pointer("/spec/scopes").cloned().unwrap_or_default();
    if scopes(live) != scopes(object) {
        causes.push(Cause::invalid("spec.scopes", scopes(object), "field is immutable"));
    }
}
