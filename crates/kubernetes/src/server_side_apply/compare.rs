//! Which places differ between two values of a type.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::schema::{FieldSet, ListKind, Path, PathElement, Type, TypeId, item_element, table};

/// Places by what became of them.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) added: FieldSet,
    pub(super) modified: FieldSet,
    pub(super) removed: FieldSet,
}

impl Comparison {
    /// Everything that is new or other.
    pub(super) fn changed(&self) -> FieldSet {
        self.added.union(&self.modified)
    }

    /// Without what `keep` refuses.
    pub(super) fn filtered(self, keep: impl Fn(&FieldSet) -> FieldSet) -> Self {
        Self { added: keep(&self.added), modified: keep(&self.modified), removed: keep(&self.removed) }
    }
}

/// Compares two values; `None` is an absent one.
pub(super) fn compare(id: TypeId, old: Option<&Value>, new: Option<&Value>) -> Comparison {
    let mut walk = Walk { path: Vec::new(), found: Comparison::default() };
    walk.value(id, old, new);
    walk.found
}

/// Whether two values are the same; `1` and `1.0` are.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(a, b)| same(a, b)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(name, a)| y.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// An old and a new object.
type Pair<'a> = (Option<&'a Map<String, Value>>, Option<&'a Map<String, Value>>);

struct Walk {
    path: Vec<PathElement>,
    found: Comparison,
}

impl Walk {
    fn value(&mut self, id: TypeId, old: Option<&Value>, new: Option<&Value>) {
        let is_leaf = self.inside(id, old, new);
        if is_leaf && let (Some(old), Some(new)) = (old, new) {
            if !same(old, new) {
                self.found.modified.insert(&self.here());
            }
            return;
        }
        match (old, new) {
            (None, Some(_)) => self.found.added.insert(&self.here()),
            (Some(_), None) => self.found.removed.insert(&self.here()),
            _ => {}
        }
    }

    fn here(&self) -> Path {
        Path(self.path.clone())
    }

    /// Goes into the value where its type has an inside; `true` when it is one place.
    fn inside(&mut self, id: TypeId, old: Option<&Value>, new: Option<&Value>) -> bool {
        let objects = || (as_map(old), as_map(new));
        match table().type_of(id) {
            Type::Struct { fields, atomic: false, .. } => {
                self.maps(objects(), |name| fields.get_key_value(name).map(|(name, id)| ((*name).into(), *id)))
            }
            Type::Map { value, atomic: false } => self.maps(objects(), |name| Some((name.to_owned().into(), *value))),
            Type::List { item, kind: ListKind::Set | ListKind::Map, .. } => {
                let items = |value: Option<&'_ Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
                self.lists(id, *item, &items(old), &items(new))
            }
            _ => true,
        }
    }

    fn maps(
        &mut self,
        (old, new): Pair<'_>,
        step: impl Fn(&str) -> Option<(std::borrow::Cow<'static, str>, TypeId)>,
    ) -> bool {
        if old.is_none_or(Map::is_empty) && new.is_none_or(Map::is_empty) {
            return true;
        }
        let names: BTreeSet<&String> = [old, new].into_iter().flatten().flat_map(Map::keys).collect();
        for name in names {
            let Some((field, id)) = step(name) else { continue };
            self.path.push(PathElement::Field(field));
            self.value(id, old.and_then(|map| map.get(name)), new.and_then(|map| map.get(name)));
            self.path.pop();
        }
        false
    }

    fn lists(&mut self, list: TypeId, item: TypeId, old: &[Value], new: &[Value]) -> bool {
        if old.is_empty() && new.is_empty() {
            return true;
        }
        let keys: BTreeSet<PathElement> = old.iter().chain(new).filter_map(|item| item_element(list, item)).collect();
        for key in keys {
            let of = |items: &'_ [Value]| -> Vec<Value> {
                items.iter().filter(|item| item_element(list, item).as_ref() == Some(&key)).cloned().collect()
            };
            let (before, after) = (of(old), of(new));
            let place = self.here().join(key.clone());
            self.path.push(key);
            match (before.as_slice(), after.as_slice()) {
                ([] | [_], [] | [_]) => self.value(item, before.first(), after.first()),
                // Several items of one key are one place.
                ([_, _, ..], [_, _, ..]) => {
                    if !same(&Value::from(before), &Value::from(after)) {
                        self.found.modified.insert(&place);
                    }
                }
                ([_, _, ..], _) => {
                    if let Some(one) = after.first() {
                        self.value(item, None, Some(one));
                    }
                    self.found.removed.insert(&place);
                }
                (_, _) => {
                    if let Some(one) = before.first() {
                        self.value(item, Some(one), None);
                    }
                    self.found.added.insert(&place);
                }
            }
            self.path.pop();
        }
        false
    }
}

fn as_map(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value.and_then(Value::as_object)
}
