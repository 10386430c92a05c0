//! Merging an applied value into a live one, as the type says.

use serde_json::{Map, Value};

use crate::schema::{ListKind, PathElement, Type, TypeId, item_element, table};

/// The live value with the applied one laid over it. Nothing is removed; a list that the applied value changes follows
/// its order.
pub(super) fn merge(id: TypeId, live: &Value, applied: &Value) -> Value {
    match table().type_of(id) {
        Type::Struct { fields, atomic: false, .. } => maps_or_leaf(live, applied, |name| fields.get(name).copied()),
        Type::Map { value, atomic: false } => maps_or_leaf(live, applied, |_| Some(*value)),
        Type::List { item, kind: ListKind::Set | ListKind::Map, .. } => lists_or_leaf(id, *item, live, applied),
        _ => applied.clone(),
    }
}

/// `null` is an empty object here: it removes nothing.
fn maps_or_leaf(live: &Value, applied: &Value, inner: impl Fn(&str) -> Option<TypeId>) -> Value {
    let is_empty = |value: &Value| value.as_object().is_none_or(Map::is_empty);
    if is_empty(live) && is_empty(applied) || !matches!(applied, Value::Null | Value::Object(_)) {
        return applied.clone();
    }
    maps(live, applied, inner)
}

fn maps(live: &Value, applied: &Value, inner: impl Fn(&str) -> Option<TypeId>) -> Value {
    let mut merged = live.as_object().cloned().unwrap_or_default();
    for (name, value) in applied.as_object().into_iter().flatten() {
        let both = merged.get(name).zip(inner(name));
        let value = both.map_or_else(|| value.clone(), |(old, id)| merge(id, old, value));
        merged.insert(name.clone(), value);
    }
    Value::Object(merged)
}

fn lists_or_leaf(list: TypeId, item: TypeId, live: &Value, applied: &Value) -> Value {
    let is_empty = |value: &Value| value.as_array().is_none_or(Vec::is_empty);
    if is_empty(live) && is_empty(applied) || !matches!(applied, Value::Null | Value::Array(_)) {
        return applied.clone();
    }
    let items = |value: &'_ Value| value.as_array().cloned().unwrap_or_default();
    Value::Array(Lists::new(list, &items(live), &items(applied)).merged(item))
}

struct Lists<'a> {
    live: Vec<(Option<PathElement>, &'a Value)>,
    applied: Vec<(Option<PathElement>, &'a Value)>,
}

impl<'a> Lists<'a> {
    fn new(list: TypeId, live: &'a [Value], applied: &'a [Value]) -> Self {
        let keyed = |items: &'a [Value]| items.iter().map(|item| (item_element(list, item), item)).collect();
        Self { live: keyed(live), applied: keyed(applied) }
    }

    /// Items that only the live list has keep their place between their neighbours; shared ones come in the order of
    /// the applied list, as do new ones.
    fn merged(&self, item: TypeId) -> Vec<Value> {
        let is_applied =
            |key: &Option<PathElement>| key.is_some() && self.applied.iter().any(|(other, _)| other == key);
        let is_live = |key: &Option<PathElement>| key.is_some() && self.live.iter().any(|(other, _)| other == key);
        let mut shared = self.applied.iter().map(|(key, _)| key).filter(|key| is_live(key));
        let mut next_shared = shared.next();
        let mut done: Vec<&Option<PathElement>> = Vec::new();
        let mut merged = Vec::new();
        let (mut live, mut applied) = (self.live.iter().peekable(), self.applied.iter().peekable());
        loop {
            match (live.peek(), applied.peek()) {
                (None, None) => return merged,
                (Some((key, _)), Some((other, value))) if key.is_some() && key == other => {
                    merged.push(self.merge_item(item, other.as_ref(), value));
                    done.push(other);
                    live.next();
                    applied.next();
                    next_shared = shared.next();
                    continue;
                }
                // Shared, but not the one whose turn it is.
                (Some((key, _)), Some(_)) if is_applied(key) && next_shared.is_some_and(|next| next != key) => {
                    live.next();
                    continue;
                }
                _ => {}
            }
            if let Some((key, value)) = live.peek() {
                if !is_applied(key) {
                    merged.push((*value).clone());
                    live.next();
                    continue;
                }
                if done.contains(&key) {
                    live.next();
                }
            }
            if let Some((key, value)) = applied.next() {
                merged.push(self.merge_item(item, key.as_ref(), value));
                done.push(key);
                if next_shared == Some(key) {
                    next_shared = shared.next();
                }
            }
        }
    }

    /// Several live items of one key are replaced, not merged.
    fn merge_item(&self, item: TypeId, key: Option<&PathElement>, applied: &Value) -> Value {
        let mut same = self.live.iter().filter(|(other, _)| key.is_some() && other.as_ref() == key);
        match (same.next(), same.next()) {
            (Some((_, live)), None) => merge(item, live, applied),
            _ => applied.clone(),
        }
    }
}
