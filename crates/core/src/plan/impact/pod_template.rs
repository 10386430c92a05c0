//! What an object makes its pods from.

use serde_json::{Value, json};

use crate::{
    diff::{Difference, differences},
    mirror,
};

use iriskit_kubernetes::schema::table;

/// The type of StatefulSets.
pub(crate) const OF_SETS: (&str, &str) = ("apps/v1", "StatefulSet");

/// Whether pods of the set `after` are stored differently from those of `before`.
pub(crate) fn template_differs(before: &Value, after: &Value) -> bool {
    template_of_kind_differs(OF_SETS, before, after)
}

/// Whether pods of `after` are stored differently from those of `before`, both of this type.
pub(crate) fn template_of_kind_differs(of: (&str, &str), before: &Value, after: &Value) -> bool {
    let template = |object| Value::pointer(object, "/spec/template");
    !template_differences(of, template(before), template(after)).is_empty()
}

/// In what pods differ that are made from two templates, by their places in an object of this type.
pub(crate) fn template_differences(of: (&str, &str), then: Option<&Value>, now: Option<&Value>) -> Vec<Difference> {
    let whole = |template: Option<&Value>| json!({"spec": {"template": template}});
    let kind = table().kind(of.0, of.1);
    kind.map(|kind| differences(kind, &whole(then), &whole(now))).unwrap_or_default()
}

/// The image that IRIS runs from in the pods of a set's template.
pub(crate) fn image(set: &Value) -> Option<&str> {
    mirror::image(set.pointer("/spec/template/spec")?)
}
