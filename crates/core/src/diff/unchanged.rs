//! The local verdict "nothing to do", without asking the server.

use serde_json::{Map, Value};

use super::{compare::same_text, ownership::our_fields};
use iriskit_kubernetes::{
    schema::{FieldSet, Kind, PathElement, Type, TypeId, default_value, item_element, table},
    views::Object,
};

/// Whether applying `body` to `live` is certain to change nothing: iriskit owns exactly the fields of `body`, and every
/// value is equal after canonicalisation. The annotation's text is not compared: it can only differ with a field, or with
/// its own ownership.
pub(crate) fn certainly_unchanged(kind: &Kind, body: &Value, live: &Value) -> bool {
    if Object::new(live).is_terminating() {
        return false;
    }
    let Some(owned) = our_fields(live) else { return false };
    let same_fields = owns_exactly(kind.root, body, owned, 0) || {
        let owned = FieldSet::from_fields_v1(owned).ok();
        owned.is_some() && owned == FieldSet::of(kind, body).ok()
    };
    same_fields && holds(kind.root, body, live, 0)
}

/// Whether `fields` (of managedFields) are those of `value` and no other. `false` may also mean that it is not plain to
/// see: values that are null, empty or of an unknown type.
fn owns_exactly(id: TypeId, value: &Value, fields: &Value, depth: usize) -> bool {
    let Some(fields) = fields.as_object() else { return false };
    match (table().type_of(id), value) {
        (Type::Struct { fields: known, atomic: false, .. }, Value::Object(members)) => {
            // No manager owns the identity of an object.
            let unowned: &[&str] = match depth {
                0 => &["apiVersion", "kind"],
                1 if known.contains_key("managedFields") => &["name", "namespace"],
                _ => &[],
            };
            owns_members(members, fields, unowned, depth, |name| known.get(name).copied())
        }
        (Type::Map { value, atomic: false }, Value::Object(members)) => {
            owns_members(members, fields, &[], depth, |_| Some(*value))
        }
        (Type::List { item, .. }, Value::Array(items)) => match keyed(id, items) {
            None => !items.is_empty() && fields.is_empty(),
            Some(keys) => {
                !items.is_empty()
                    && keys.len() == fields.len()
                    && items.iter().zip(keys).all(|(value, key)| {
                        let Some(inside) = fields.get(&key.to_fields_v1()) else { return false };
                        matches!(key, PathElement::Value(_)) || owns_item(*item, value, inside, depth)
                    })
            }
        },
        (_, Value::Null) => false,
        _ => fields.is_empty(),
    }
}

fn owns_members(
    members: &Map<String, Value>,
    fields: &Map<String, Value>,
    unowned: &[&str],
    depth: usize,
    inside: impl Fn(&str) -> Option<TypeId>,
) -> bool {
    // A list item has "." beside its fields.
    let mut left = fields.len() - usize::from(fields.contains_key("."));
    let mut key = String::from("f:");
    for (name, value) in members.iter().filter(|(name, _)| !unowned.contains(&name.as_str())) {
        key.truncate(2);
        key.push_str(name);
        let owned = fields.get(&key).zip(inside(name));
        if left == 0 || !owned.is_some_and(|(field, id)| owns_exactly(id, value, field, depth + 1)) {
            return false;
        }
        left -= 1;
    }
    left == 0
}

fn owns_item(item: TypeId, value: &Value, fields: &Value, depth: usize) -> bool {
    let whole = matches!(table().type_of(item), Type::Struct { atomic: true, .. });
    (whole || fields.get(".").is_some()) && owns_exactly(item, value, fields, depth + 1)
}

/// Whether `live` has every value of `body`. `depth` counts the steps from the root, for the annotation.
fn holds(id: TypeId, body: &Value, live: &Value, depth: usize) -> bool {
    match (table().type_of(id), body, live) {
        (Type::Struct { fields, atomic: false, .. }, Value::Object(wanted), Value::Object(found)) => {
            wanted.iter().all(|(name, value)| {
                let identity = depth == 0 && (name == "apiVersion" || name == "kind");
                identity || holds_member(fields.get(name.as_str()).copied(), name, value, found, depth)
            })
        }
        (Type::Map { value: inside, atomic: false }, Value::Object(wanted), Value::Object(found)) => {
            wanted.iter().all(|(name, value)| holds_member(Some(*inside), name, value, found, depth))
        }
        (Type::List { item, .. }, Value::Array(wanted), Value::Array(found)) => {
            match (keyed(id, wanted), keyed(id, found)) {
                (Some(wanted_keys), Some(found_keys)) => {
                    let mut last = None;
                    wanted.iter().zip(&wanted_keys).all(|(value, key)| {
                        let at = found_keys.iter().position(|known| known == key);
                        // Another order of the same items is a change.
                        let in_order = at > last;
                        last = at;
                        in_order
                            && at
                                .and_then(|at| found.get(at))
                                .is_some_and(|found| holds(*item, value, found, depth + 1))
                    })
                }
                _ => body == live || same_when_stored(id, body, live),
            }
        }
        _ => body == live || same_when_stored(id, body, live),
    }
}

/// What has one owner as a whole is stored with the server's defaults inside, such as the status of a claim template.
fn same_when_stored(id: TypeId, body: &Value, live: &Value) -> bool {
    match table().type_of(id) {
        Type::Scalar(_) => same_text(id, body, live),
        Type::Struct { .. } | Type::Map { .. } | Type::List { .. } => {
            let mut stored = body.clone();
            default_value(id, &mut stored);
            stored == *live
        }
    }
}

fn holds_member(id: Option<TypeId>, name: &str, wanted: &Value, found: &Map<String, Value>, depth: usize) -> bool {
    if depth == 2 && name == super::ANNOTATION {
        return found.contains_key(name);
    }
    match (id, found.get(name)) {
        (Some(id), Some(found)) => holds(id, wanted, found, depth + 1),
        // What is empty vanishes from the server's answer.
        (_, None) => is_empty(wanted),
        (None, Some(found)) => wanted == found,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

/// The keys of a keyed list or set; `None` for another list, or when an item has no key.
fn keyed(list: TypeId, items: &[Value]) -> Option<Vec<PathElement>> {
    items.iter().map(|item| item_element(list, item)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind() -> &'static Kind {
        table().kind("apps/v1", "StatefulSet").unwrap()
    }

    fn body() -> Value {
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": {"name": "s", "namespace": "n", "labels": {"a": "b"}, "annotations": {"iriskit/applied": ""}},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"a": "b"}},
                "template": {"spec": {"imagePullSecrets": [{"name": "ps"}], "containers": [{"name": "iris", "image": "i",
                    "args": ["--key", "x"], "ports": [{"containerPort": 1972, "name": "superserver"}],
                    "resources": {"requests": {"cpu": "1000m"}}}]}}}})
    }

    fn live() -> Value {
        let mut live = body();
        let fields = FieldSet::of(kind(), &body()).unwrap().to_fields_v1();
        live["metadata"]["managedFields"] = json!([{"manager": "iriskit", "operation": "Apply", "fieldsV1": fields}]);
        live["metadata"]["annotations"]["iriskit/applied"] = json!("{}");
        live["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = json!("1");
        live["spec"]["template"]["spec"]["containers"][0]["ports"][0]["protocol"] = json!("TCP");
        live["spec"]["template"]["spec"]["dnsPolicy"] = json!("ClusterFirst");
        live
    }

    #[test]
    fn equal_ownership_and_equal_values_need_nothing() {
        assert!(certainly_unchanged(kind(), &body(), &live()));
        let mut staying = live();
        staying["metadata"]["deletionTimestamp"] = Value::Null;
        assert!(certainly_unchanged(kind(), &body(), &staying));
        // And without building sets: the quick look must see it.
        let live = live();
        assert!(owns_exactly(kind().root, &body(), our_fields(&live).unwrap(), 0));
    }

    #[test]
    fn whatever_differs_is_seen() {
        type Named = (&'static str, fn(&mut Value));
        let changes: [Named; 7] = [
            ("a value", |live| live["spec"]["replicas"] = json!(3)),
            ("a missing label", |live| live["metadata"]["labels"] = json!({})),
            ("an argument", |live| live["spec"]["template"]["spec"]["containers"][0]["args"] = json!(["--key"])),
            ("a deletion", |live| live["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z")),
            ("a lost field", |live| {
                let fields = &mut live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"];
                fields.as_object_mut().unwrap().remove("f:replicas");
            }),
            ("a field too many", |live| {
                live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:paused"] = json!({});
            }),
            ("another manager", |live| live["metadata"]["managedFields"][0]["manager"] = json!("other")),
        ];
        for (what, change) in changes {
            let mut live = live();
            change(&mut live);
            assert!(!certainly_unchanged(kind(), &body(), &live), "{what}");
        }
    }

    #[test]
    fn another_order_of_items_is_seen() {
        let two = |first: &str, second: &str| {
            let mut body = body();
            body["spec"]["template"]["spec"]["containers"] = json!([{"name": first}, {"name": second}]);
            body
        };
        let mut live = two("b", "a");
        let fields = FieldSet::of(kind(), &two("a", "b")).unwrap().to_fields_v1();
        live["metadata"]["managedFields"] = json!([{"manager": "iriskit", "operation": "Apply", "fieldsV1": fields}]);
        assert!(!certainly_unchanged(kind(), &two("a", "b"), &live));
        assert!(certainly_unchanged(kind(), &two("b", "a"), &live));
    }
}
