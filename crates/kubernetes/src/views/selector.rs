//! Label selectors in objects.

use serde_json::Value;

use super::{object::Object, path};

/// `matchLabels` and `matchExpressions`; all of it must hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelSelector<'a>(Option<&'a Value>);

impl<'a> LabelSelector<'a> {
    /// A selector; `None` where the field is missing.
    pub(crate) fn new(value: Option<&'a Value>) -> Self {
        Self(value.filter(|value| !value.is_null()))
    }

    /// `matchLabels`.
    pub(crate) fn match_labels(self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        path::entries(self.0.unwrap_or(&Value::Null), &["matchLabels"])
    }

    /// Whether it asks for nothing: a selector that is there and empty matches every object.
    pub fn is_empty(self) -> bool {
        self.match_labels().next().is_none() && self.expressions().is_empty()
    }

    /// Whether an object's labels satisfy it. A missing selector matches nothing, nor does an unknown operator.
    pub fn matches(self, object: Object<'_>) -> bool {
        self.0.is_some()
            && self.match_labels().all(|(key, wanted)| object.label(key) == Some(wanted))
            && self.expressions().iter().all(|expression| holds(expression, object))
    }

    fn expressions(self) -> &'a [Value] {
        path::items(self.0.unwrap_or(&Value::Null), &["matchExpressions"])
    }
}

fn holds(expression: &Value, object: Object<'_>) -> bool {
    let found = object.label(path::text(expression, &["key"]).unwrap_or_default());
    let mut values = path::items(expression, &["values"]).iter().filter_map(Value::as_str);
    match path::text(expression, &["operator"]) {
        Some("In") => found.is_some_and(|found| values.any(|value| value == found)),
        Some("NotIn") => found.is_none_or(|found| values.all(|value| value != found)),
        Some("Exists") => found.is_some(),
        Some("DoesNotExist") => found.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_of_a_selector_must_hold() {
        let term = |operator: &str, values: &[&str]| json!({"key": "tier", "operator": operator, "values": values});
        let value = json!({"metadata": {"labels": {"app": "iris", "tier": "data"}}});
        let object = Object::new(&value);
        for (selector, expected) in [
            (json!({}), true),
            (json!({"matchLabels": {"app": "iris"}}), true),
            (json!({"matchLabels": {"app": "iris", "x": "y"}}), false),
            (json!({"matchExpressions": [term("In", &["web", "data"])]}), true),
            (json!({"matchExpressions": [term("In", &["web"])]}), false),
            (json!({"matchExpressions": [term("NotIn", &["web"])]}), true),
            (json!({"matchExpressions": [term("NotIn", &["data"])]}), false),
            (json!({"matchExpressions": [term("Exists", &[])]}), true),
            (json!({"matchExpressions": [term("DoesNotExist", &[])]}), false),
            (json!({"matchExpressions": [term("Near", &[])]}), false),
            (json!({"matchLabels": {"app": "iris"}, "matchExpressions": [term("In", &["web"])]}), false),
        ] {
            assert_eq!(LabelSelector::new(Some(&selector)).matches(object), expected, "{selector}");
        }
        assert!(!LabelSelector::new(None).matches(object));
        assert!(LabelSelector::new(Some(&json!({}))).is_empty());
    }
}
