//! Taking places out of a value.

use serde_json::{Map, Value};

use crate::schema::{FieldSet, ListKind, PathElement, Type, TypeId, item_element, table};

/// The value without the places of the set. What becomes empty becomes `null`, which a server then leaves out.
pub(super) fn strip(id: TypeId, value: &Value, places: &FieldSet) -> Value {
    match (table().type_of(id), value) {
        (Type::Struct { fields, atomic: false, .. }, Value::Object(map)) => {
            maps(map, places, |name| fields.get(name).copied())
        }
        (Type::Map { value: inner, atomic: false }, Value::Object(map)) => maps(map, places, |_| Some(*inner)),
        (Type::List { item, kind: ListKind::Set | ListKind::Map, .. }, Value::Array(items)) => {
            let mut kept = Vec::new();
            for value in items {
                let Some(element) = item_element(id, value) else {
                    kept.push(value.clone());
                    continue;
                };
                if places.has(&element) {
                    continue;
                }
                kept.push(places.inside(&element).map_or_else(|| value.clone(), |inside| strip(*item, value, inside)));
            }
            if kept.is_empty() { Value::Null } else { Value::Array(kept) }
        }
        (Type::Scalar(_), _) => value.clone(),
        // A place inside something that has one owner: all of it goes.
        _ => Value::Null,
    }
}

fn maps(map: &Map<String, Value>, places: &FieldSet, inner: impl Fn(&str) -> Option<TypeId>) -> Value {
    let mut kept = Map::new();
    for (name, value) in map {
        let element = PathElement::field(name);
        if places.has(&element) {
            continue;
        }
        let value = match (places.inside(&element), inner(name)) {
            (Some(inside), Some(id)) => strip(id, value, inside),
            _ => value.clone(),
        };
        kept.insert(name.clone(), value);
    }
    if kept.is_empty() { Value::Null } else { Value::Object(kept) }
}
