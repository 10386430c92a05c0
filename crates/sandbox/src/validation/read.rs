//! Reading fields of values that may be anything.

use serde_json::{Map, Value};

use crate::objects::Cause;

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn number(value: &Value, name: &str) -> Option<i64> {
    value.get(name).and_then(Value::as_i64)
}

pub(crate) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

pub(crate) fn map<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    value.get(name).and_then(Value::as_object).into_iter().flatten()
}

pub(crate) fn keys(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object().filter(|map| !map.is_empty())
}

/// A number that may not be negative.
pub(crate) fn not_negative(value: &Value, name: &str, at: &str, causes: &mut Vec<Cause>) {
    if let Some(number) = number(value, name).filter(|number| *number < 0) {
        causes.push(Cause::invalid(format!("{at}.{name}"), number, "must be greater than or equal to 0"));
    }
}

/// A word out of a list; an absent one is no matter here. `at` is empty for a field of the object itself.
pub(crate) fn one_of(value: &Value, name: &str, at: &str, words: &[&str], causes: &mut Vec<Cause>) {
    if let Some(word) = value.get(name).and_then(Value::as_str).filter(|word| !words.contains(word)) {
        let field = if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
        causes.push(Cause::not_supported(field, word, words));
    }
}
