//! What a forced apply makes of an object, as far as it is known without the defaults of a server.

use serde_json::Value;

use super::{
    apply::merge_and_prune,
    managed_fields::{ManagedFields, Manager, take_managed_fields},
};
use crate::schema::{Kind, ListKind, Type, TypeId, item_element, table};

/// The live object as a forced apply leaves it, without new defaults, and with the `managedFields` that it has now. Where
/// these can't be read, the manager gives up nothing.
pub fn forced(kind: &Kind, live: &Value, body: &Value, manager: &str) -> Value {
    let mut before = live.clone();
    let mut owners = ManagedFields::of(&before).unwrap_or_default();
    let stored = take_managed_fields(&mut before);
    let mut after = merge_and_prune(kind, &before, body, &mut owners, &Manager::applier(manager));
    tidy(kind.root, Some(&before), &mut after);
    if let (Some(stored), Some(metadata)) = (stored, after.get_mut("metadata").and_then(Value::as_object_mut)) {
        metadata.insert("managedFields".to_owned(), stored);
    }
    after
}

/// Leaves out what is new and `null`, and gives items the key fields back that the body leaves to defaults.
fn tidy(id: TypeId, before: Option<&Value>, after: &mut Value) {
    let kind = table().type_of(id);
    match (kind, &mut *after) {
        (Type::Struct { atomic: false, .. } | Type::Map { atomic: false, .. }, Value::Object(members)) => {
            for (name, value) in &mut *members {
                let inside = match kind {
                    Type::Struct { fields, .. } => fields.get(name.as_str()).copied(),
                    Type::Map { value, .. } => Some(*value),
                    _ => None,
                };
                if let Some(inside) = inside {
                    tidy(inside, before.and_then(|before| before.get(name)), value);
                }
            }
            let was_null = |name: &str| before.and_then(|before| before.get(name)).is_some_and(Value::is_null);
            members.retain(|name, value| !value.is_null() || was_null(name));
        }
        (Type::List { item: item_type, kind: ListKind::Map, keys, .. }, Value::Array(items)) => {
            let known = before.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            for item in items {
                let element = item_element(id, item);
                let same = known.iter().find(|known| element.is_some() && item_element(id, known) == element);
                tidy(*item_type, same, item);
                let (Some(members), Some(same)) = (item.as_object_mut(), same) else { continue };
                for key in keys {
                    if let (None, Some(value)) = (members.get(*key), same.get(key)) {
                        members.insert((*key).to_owned(), value.clone());
                    }
                }
            }
        }
        _ => {}
    }
}
