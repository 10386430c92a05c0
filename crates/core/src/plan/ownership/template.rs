//! The pod template of a mirror that is taken over: what runs goes on running. The set is adopted with the template that it
//! has, and what the manifest changes in it is a roll of its own, planned when the set is ours.

use serde_json::Value;

use crate::plan::{
    impact::pod_template::template_differs,
    ownership::{adoption::takings_from_makers, take_over::TakeOver},
};
use iriskit_kubernetes::schema::{Kind, default};

/// Whether pods would be stored differently when `found` is taken over with `body`.
pub(crate) fn differs_when_adopted(kind: &Kind, found: &Value, body: &Value) -> bool {
    let mut after = TakeOver::new(kind, found, body, takings_from_makers(kind, found, &[])).object;
    default(kind, &mut after);
    template_differs(found, &after)
}

/// Puts the live template into a body.
pub(crate) fn keep(found: &Value, body: &mut Value) {
    let (Some(template), Some(place)) = (found.pointer("/spec/template"), body.pointer_mut("/spec/template")) else {
        return;
    };
    *place = template.clone();
    if let Some(metadata) = place.get_mut("metadata").and_then(Value::as_object_mut) {
        // What a server stores of a template's times.
        metadata.retain(|_, value| !value.is_null());
    }
}
