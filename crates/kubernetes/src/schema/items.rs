//! How the items of a list are identified.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value;

use super::{ListKind, PathElement, Scalar, Type, TypeId, table};

/// The path element of one item of a keyed list or set; `None` for an atomic list, or when the item has none of its key
/// fields. An absent key field counts as its default (`protocol`: `TCP`), or as empty when it is required.
pub fn item_element(list: TypeId, item: &Value) -> Option<PathElement> {
    let Type::List { item: inner, kind, keys, key_defaults } = table().type_of(list) else { return None };
    match kind {
        ListKind::Atomic => None,
        ListKind::Set => match item {
            Value::Null | Value::Array(_) | Value::Object(_) => None,
            single => Some(PathElement::Value(single.clone())),
        },
        ListKind::Map => {
            let item = item.as_object()?;
            let mut key = BTreeMap::new();
            for name in keys {
                let value = item.get(*name).or_else(|| key_defaults.get(name)).cloned();
                if let Some(value) = value.or_else(|| zero(*inner, name)) {
                    key.insert(Cow::Borrowed(*name), value);
                }
            }
            (!key.is_empty()).then_some(PathElement::Key(key))
        }
    }
}

fn zero(id: TypeId, field: &str) -> Option<Value> {
    let Type::Struct { fields, required, .. } = table().type_of(id) else { return None };
    let field = fields.get_key_value(field).filter(|(name, _)| required.contains(name))?.1;
    match table().type_of(*field) {
        Type::Scalar(Scalar::String) => Some(Value::from("")),
        Type::Scalar(Scalar::Integer) => Some(Value::from(0)),
        _ => None,
    }
}

/// The path elements of all items, `None` for items without a key; `None` altogether for an atomic list.
pub(crate) fn keyed_elements(list: TypeId, items: &[Value]) -> Option<Vec<Option<PathElement>>> {
    match table().type_of(list) {
        Type::List { kind: ListKind::Set | ListKind::Map, .. } => {
            Some(items.iter().map(|item| item_element(list, item)).collect())
        }
        _ => None,
    }
}
