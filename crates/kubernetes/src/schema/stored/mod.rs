//! What a server makes of a value before it stores it: what is empty goes, defaults come, texts get their usual form.

mod fill;
mod members;
mod omit;
mod pod;
mod times;

use serde_json::{Map, Value};

use super::{Kind, Path, Scalar, Type, TypeId, canonical::canonical_scalar, inside::inside, table};

/// Brings an object into the form in which a server stores it: defaults filled in, empty values and `null` left out as
/// the server leaves them out, quantities and times in its spelling. What a server allocates (cluster IPs, node ports,
/// a storage class) or takes from elsewhere (uid, finalizers) is not added, unknown fields stay.
pub fn default(kind: &Kind, value: &mut Value) {
    default_value(kind.root, value);
}

/// [`default`] for a value of any type.
pub fn default_value(id: TypeId, value: &mut Value) {
    match (table().type_of(id), &mut *value) {
        (Type::Struct { fields, .. }, Value::Object(map)) => {
            omit::omit_empty(id, map);
            fill::fill(id, map);
            for (name, value) in map {
                if let Some(id) = fields.get(name.as_str()) {
                    default_value(*id, value);
                }
            }
        }
        (Type::Map { value: inner, .. }, Value::Object(map)) => {
            for value in map.values_mut() {
                fill_null(*inner, value);
                default_value(*inner, value);
            }
        }
        (Type::List { item, .. }, Value::Array(items)) => {
            for value in items {
                fill_null(*item, value);
                default_value(*item, value);
            }
        }
        (Type::Scalar(scalar @ (Scalar::Time | Scalar::MicroTime)), Value::String(text)) => {
            times::canonical(text, *scalar == Scalar::MicroTime);
        }
        (Type::Scalar(scalar), _) => canonical_scalar(*scalar, value),
        _ => {}
    }
}

/// [`default_value`] for the value at a path of an object.
pub fn default_at(kind: &Kind, path: &Path, value: &mut Value) {
    if let Some(id) = path.0.iter().try_fold(kind.root, inside) {
        default_value(id, value);
    }
}

/// An object of this kind in which nothing is set, as a server would write it.
pub(crate) fn empty(kind: &Kind) -> Value {
    let mut object = Value::Object(Map::new());
    fill_empty(kind.root, &mut object);
    object
}

fn fill_empty(id: TypeId, value: &mut Value) {
    let (Type::Struct { fields, .. }, Value::Object(map)) = (table().type_of(id), value) else { return };
    omit::omit_empty(id, map);
    omit::write_lists(id, map);
    for (name, value) in map {
        if let Some(id) = fields.get(name.as_str()) {
            fill_empty(*id, value);
        }
    }
}

/// `null` as the value of a map or the item of a list reads back as the empty value.
fn fill_null(id: TypeId, value: &mut Value) {
    if !value.is_null() {
        return;
    }
    *value = match table().type_of(id) {
        Type::Struct { .. } | Type::Map { .. } => Value::Object(Map::new()),
        Type::List { .. } => Value::Array(Vec::new()),
        Type::Scalar(Scalar::String | Scalar::Bytes) => Value::from(""),
        Type::Scalar(Scalar::Integer | Scalar::Number) => Value::from(0),
        Type::Scalar(Scalar::Boolean) => Value::from(false),
        Type::Scalar(Scalar::Quantity) => Value::from("0"),
        Type::Scalar(Scalar::IntOrString | Scalar::Time | Scalar::MicroTime | Scalar::Any) => Value::Null,
    };
}

/// Whether a server leaves this value out when it stores it at this place: `""`, `0`, `false`, `{}`, `[]` and `null`, but
/// not where the field tells them apart from nothing (`replicas: 0`, `affinity: {}`, `data: {a: ""}`). To a comparison
/// such a value equals an absent one.
pub fn vanishes(kind: &Kind, path: &Path, value: &Value) -> bool {
    let Some((last, before)) = path.0.split_last() else { return false };
    let around = before.iter().try_fold(kind.root, inside);
    match (around, last) {
        (Some(id), super::PathElement::Field(name)) => omit::is_omitted(id, name, value),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
