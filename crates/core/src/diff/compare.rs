//! What differs between two values of one kind.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use iriskit_kubernetes::schema::{Kind, Path, PathElement, Type, TypeId, canonical_value, item_element, table};

/// One difference. A value that is there on one side only is reported whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where.
    pub path: Path,
    /// The value before, if there was one.
    pub before: Option<Value>,
    /// The value after, if there is one.
    pub after: Option<Value>,
}

/// Everything that differs, in a stable order. Items of keyed lists are matched by key; `null` counts as absent;
/// quantities in another spelling of the same stored text are equal. Another order of the same keyed items is one
/// difference at the list, with the items' keys as values, since the server counts it as a change.
pub fn differences(kind: &Kind, before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(Some(kind.root), &mut Vec::new(), before, after, &mut found);
    found
}

fn walk(id: Option<TypeId>, path: &mut Vec<PathElement>, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => members(id, path, old, new, found),
        (Value::Array(old), Value::Array(new)) => {
            let keyed = id.and_then(|id| Some((id, keys(id, old)?, keys(id, new)?)));
            match keyed {
                Some((id, old_keys, new_keys)) => {
                    items(id, path, (old, &old_keys), (new, &new_keys), found);
                }
                None if old.len() == new.len() => {
                    let item = id.and_then(item_type);
                    for (at, (before, after)) in old.iter().zip(new).enumerate() {
                        path.push(PathElement::Index(at));
                        walk(item, path, before, after, found);
                        path.pop();
                    }
                }
                None => report(path, before, after, found),
            }
        }
        _ if id.is_some_and(|id| same_text(id, before, after)) => {}
        _ => report(path, before, after, found),
    }
}

fn members(
    id: Option<TypeId>,
    path: &mut Vec<PathElement>,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    found: &mut Vec<Difference>,
) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        path.push(PathElement::field(name));
        let inside = id.and_then(|id| member_type(id, name));
        walk(inside, path, old.get(name).unwrap_or(&Value::Null), new.get(name).unwrap_or(&Value::Null), found);
        path.pop();
    }
}

type Keyed<'a> = (&'a [Value], &'a [PathElement]);

fn items(id: TypeId, path: &mut Vec<PathElement>, old: Keyed<'_>, new: Keyed<'_>, found: &mut Vec<Difference>) {
    // Of items with the same key the first one counts.
    let by_key = |(items, keys): Keyed<'_>| -> HashMap<PathElement, Value> {
        keys.iter().cloned().zip(items.iter().cloned()).rev().collect()
    };
    let (old_items, new_items) = (by_key(old), by_key(new));
    let kept = |keys: &[PathElement], others: &HashMap<PathElement, Value>| -> Vec<PathElement> {
        keys.iter().filter(|key| others.contains_key(key)).cloned().collect()
    };
    let (kept_old, kept_new) = (kept(old.1, &new_items), kept(new.1, &old_items));
    if kept_old != kept_new {
        let names = |keys: &[PathElement]| {
            Value::Array(keys.iter().map(|key| Path(vec![key.clone()]).to_human().into()).collect())
        };
        found.push(Difference {
            path: Path(path.clone()),
            before: Some(names(&kept_old)),
            after: Some(names(&kept_new)),
        });
    }
    let added = new.1.iter().filter(|key| !old_items.contains_key(key));
    for key in old.1.iter().chain(added) {
        path.push(key.clone());
        let side = |items: &HashMap<PathElement, Value>| items.get(key).cloned().unwrap_or_default();
        walk(item_type(id), path, &side(&old_items), &side(&new_items), found);
        path.pop();
    }
}

fn report(path: &[PathElement], before: &Value, after: &Value, found: &mut Vec<Difference>) {
    let present = |value: &Value| (!value.is_null()).then(|| value.clone());
    found.push(Difference { path: Path(path.to_vec()), before: present(before), after: present(after) });
}

/// The keys of all items; `None` when the list is atomic or an item has no key.
fn keys(list: TypeId, items: &[Value]) -> Option<Vec<PathElement>> {
    items.iter().map(|item| item_element(list, item)).collect()
}

fn item_type(list: TypeId) -> Option<TypeId> {
    match table().type_of(list) {
        Type::List { item, .. } => Some(*item),
        Type::Scalar(_) | Type::Struct { .. } | Type::Map { .. } => None,
    }
}

fn member_type(id: TypeId, name: &str) -> Option<TypeId> {
    match table().type_of(id) {
        Type::Struct { fields, .. } => fields.get(name).copied(),
        Type::Map { value, .. } => Some(*value),
        Type::Scalar(_) | Type::List { .. } => None,
    }
}

/// The type of the value at a path, as far as the table describes it.
pub(super) fn type_at(kind: &Kind, path: &Path) -> Option<TypeId> {
    path.0.iter().try_fold(kind.root, |id, element| match element {
        PathElement::Field(name) => member_type(id, name),
        PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_) => item_type(id),
    })
}

pub(super) fn same_text(id: TypeId, before: &Value, after: &Value) -> bool {
    let canonical = |value: &Value| {
        let mut value = value.clone();
        canonical_value(id, &mut value);
        value
    };
    canonical(before) == canonical(after)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind(api_version: &str, kind: &str) -> &'static Kind {
        table().kind(api_version, kind).unwrap()
    }

    fn set(containers: &Value) -> Value {
        json!({"spec": {"template": {"spec": {"containers": containers}}}})
    }

    fn paths(before: &Value, after: &Value) -> Vec<String> {
        let kind = kind("apps/v1", "StatefulSet");
        differences(kind, before, after).into_iter().map(|difference| difference.path.to_human()).collect()
    }

    #[test]
    fn items_are_matched_by_key() {
        let before = set(&json!([{"name": "iris", "image": "a"}, {"name": "gw", "image": "g"}]));
        let after = set(&json!([{"name": "iris", "image": "b"}, {"name": "new", "image": "n"}]));
        assert_eq!(
            paths(&before, &after),
            [
                "spec.template.spec.containers[iris].image",
                "spec.template.spec.containers[gw]",
                "spec.template.spec.containers[new]",
            ]
        );
    }

    #[test]
    fn another_order_is_a_difference() {
        let before = set(&json!([{"name": "a"}, {"name": "b"}]));
        let after = set(&json!([{"name": "b"}, {"name": "a"}]));
        assert_eq!(paths(&before, &after), ["spec.template.spec.containers"]);
    }

    #[test]
    fn quantities_in_another_spelling_are_equal() {
        let before = set(&json!([{"name": "a", "resources": {"requests": {"cpu": "1000m", "memory": "1Gi"}}}]));
        let after = set(&json!([{"name": "a", "resources": {"requests": {"cpu": 1, "memory": "1024Mi"}}}]));
        assert_eq!(paths(&before, &after), Vec::<String>::new());
    }

    #[test]
    fn null_counts_as_absent() {
        assert_eq!(paths(&json!({"spec": {"replicas": null}}), &json!({"spec": {}})), Vec::<String>::new());
    }

    proptest::proptest! {
        #[test]
        fn a_value_never_differs_from_itself(names in proptest::collection::vec("[a-c]", 0..5), n in 0..9_u8) {
            let containers: Vec<Value> = names.iter().map(|name| json!({"name": name, "image": n.to_string()})).collect();
            let value = set(&Value::Array(containers));
            proptest::prop_assert_eq!(paths(&value, &value.clone()), Vec::<String>::new());
        }
    }
}
