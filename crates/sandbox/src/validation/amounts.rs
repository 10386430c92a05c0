//! Specs by what they mean: an amount in another spelling is no change.

use serde_json::Value;

use iriskit_kubernetes::schema::{Kind, Scalar, Type, TypeId, quantity, table};

/// The spec of an object with every quantity spelled by its amount alone.
pub(crate) fn comparable_spec(kind: &Kind, object: &Value) -> Value {
    let mut object = object.clone();
    spell(kind.root, &mut object);
    object.get("spec").cloned().unwrap_or_default()
}

/// Spells every quantity by its amount alone.
fn spell(id: TypeId, value: &mut Value) {
    match (table().type_of(id), &mut *value) {
        (Type::Struct { fields, .. }, Value::Object(map)) => {
            for (name, value) in map {
                if let Some(id) = fields.get(name.as_str()) {
                    spell(*id, value);
                }
            }
        }
        (Type::Map { value: inner, .. }, Value::Object(map)) => {
            for value in map.values_mut() {
                spell(*inner, value);
            }
        }
        (Type::List { item, .. }, Value::Array(items)) => {
            for value in items {
                spell(*item, value);
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
