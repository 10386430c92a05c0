//! What a StatefulSet makes its pods from.

use serde_json::{Value, json};

use crate::{diff::differences, mirror};

use iriskit_kubernetes::schema::table;

/// Whether pods of `after` are stored differently from those of `before`.
pub(crate) fn template_differs(before: &Value, after: &Value) -> bool {
    let template = |set: &Value| json!({"spec": {"template": set.pointer("/spec/template")}});
    table()
        .kind("apps/v1", "StatefulSet")
        .is_some_and(|kind| !differences(kind, &template(before), &template(after)).is_empty())
}

/// The image that IRIS runs from in the pods of a set's template.
pub(crate) fn image(set: &Value) -> Option<&str> {
    mirror::image(set.pointer("/spec/template/spec")?)
}
