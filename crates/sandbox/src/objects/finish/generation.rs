//! `metadata.generation`: which kinds count changes of their spec.

use serde_json::Value;

use iriskit_kubernetes::schema::{Kind, Scalar, Type, TypeId, quantity, table};

/// Whether objects of this kind have a generation.
pub(super) fn counts(kind: &Kind) -> bool {
    matches!(
        kind.kind,
        "StatefulSet" | "PodDisruptionBudget" | "Ingress" | "NetworkPolicy" | "Pod" | "Deployment" | "DaemonSet"
    )
}

/// Whether the specs mean the same: an amount in another spelling is no change here.
pub(super) fn same_spec(kind: &Kind, old: &Value, new: &Value) -> bool {
    let spec = |object: &Value| {
        let mut object = object.clone();
        amounts(kind.root, &mut object);
        object.get("spec").cloned()
    };
    spec(old) == spec(new)
}

/// Spells every quantity by its amount alone.
pub(in crate::objects) fn amounts(id: TypeId, value: &mut Value) {
    match (table().type_of(id), &mut *value) {
        (Type::Struct { fields, .. }, Value::Object(map)) => {
            for (name, value) in map {
                if let Some(id) = fields.get(name.as_str()) {
                    amounts(*id, value);
                }
            }
        }
        (Type::Map { value: inner, .. }, Value::Object(map)) => {
            for value in map.values_mut() {
                amounts(*inner, value);
            }
        }
        (Type::List { item, .. }, Value::Array(items)) => {
            for value in items {
                amounts(*item, value);
            }
        }
        (Type::Scalar(Scalar::Quantity), Value::String(text)) => {
            if let Ok(amount) = quantity::parse(text) {
                *text = amount.to_string();
            }
        }
        _ => {}
    }
}
