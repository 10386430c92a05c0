//! Reading and changing one place of an object.

use serde_json::{Map, Value};

use super::{Kind, Path, PathElement, SchemaError, TypeId, inside::inside, item_element};

/// The value at a place of an object, if it is there. Items of keyed lists are found by their key, defaults of key
/// fields included.
pub fn get<'a>(kind: &Kind, value: &'a Value, path: &Path) -> Option<&'a Value> {
    let mut here = value;
    let mut id = Some(kind.root);
    for element in &path.0 {
        here = match element {
            PathElement::Field(name) => here.as_object()?.get(name.as_ref())?,
            _ => here.as_array()?.get(place(id, here, element)?)?,
        };
        id = id.and_then(|id| inside(id, element));
    }
    Some(here)
}

/// Takes the value at a place out of an object. Items of keyed lists leave the list; what is around stays, even empty.
pub fn remove(kind: &Kind, value: &mut Value, path: &Path) -> Option<Value> {
    let (last, before) = path.0.split_last()?;
    let (here, id) = descend(kind, value, before)?;
    if let PathElement::Field(name) = last {
        here.as_object_mut()?.remove(name.as_ref())
    } else {
        let at = place(id, here, last)?;
        Some(here.as_array_mut()?.remove(at))
    }
}

/// Puts a value at a place of an object. What is missing around it is made: objects, lists, items with their key fields.
///
/// # Errors
/// [`SchemaError::NoPlace`] where something else is in the way, or an index is beyond the end.
pub fn set(kind: &Kind, value: &mut Value, path: &Path, new: Value) -> Result<(), SchemaError> {
    let no_place = || SchemaError::NoPlace { path: path.clone() };
    let mut here = value;
    let mut id = Some(kind.root);
    for element in &path.0 {
        here = if let PathElement::Field(name) = element {
            if here.is_null() {
                *here = Value::Object(Map::new());
            }
            here.as_object_mut().ok_or_else(no_place)?.entry(name.as_ref()).or_insert(Value::Null)
        } else {
            if here.is_null() {
                *here = Value::Array(Vec::new());
            }
            let found = place(id, here, element);
            let items = here.as_array_mut().ok_or_else(no_place)?;
            let at = match (found, element) {
                (Some(at), _) => at,
                (None, PathElement::Index(_) | PathElement::Field(_)) => return Err(no_place()),
                (None, PathElement::Value(item)) => {
                    items.push(item.clone());
                    items.len() - 1
                }
                (None, PathElement::Key(key)) => {
                    let fields = key.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
                    items.push(Value::Object(fields));
                    items.len() - 1
                }
            };
            items.get_mut(at).ok_or_else(no_place)?
        };
        id = id.and_then(|id| inside(id, element));
    }
    *here = new;
    Ok(())
}

fn descend<'a>(kind: &Kind, value: &'a mut Value, path: &[PathElement]) -> Option<(&'a mut Value, Option<TypeId>)> {
    let mut here = value;
    let mut id = Some(kind.root);
    for element in path {
        here = if let PathElement::Field(name) = element {
            here.as_object_mut()?.get_mut(name.as_ref())?
        } else {
            let at = place(id, here, element)?;
            here.as_array_mut()?.get_mut(at)?
        };
        id = id.and_then(|id| inside(id, element));
    }
    Some((here, id))
}

/// The index of an item.
fn place(list: Option<TypeId>, value: &Value, element: &PathElement) -> Option<usize> {
    let items = value.as_array()?;
    match element {
        PathElement::Field(_) => None,
        PathElement::Index(at) => (*at < items.len()).then_some(*at),
        PathElement::Value(wanted) => items.iter().position(|item| item == wanted),
        PathElement::Key(key) => items.iter().position(|item| {
            list.and_then(|list| item_element(list, item)).as_ref() == Some(element)
                // A list that the table does not call keyed: compare the fields that are asked for.
                || list.is_none() && key.iter().all(|(name, wanted)| item.get(name.as_ref()) == Some(wanted))
        }),
    }
}

/// The type of a place inside objects of this kind, when it is known.
pub fn type_at(kind: &Kind, path: &Path) -> Option<TypeId> {
    path.0.iter().try_fold(kind.root, inside)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::table;

    fn stateful_set() -> &'static Kind {
        table().kind("apps/v1", "StatefulSet").unwrap()
    }

    fn example() -> Value {
        json!({"spec": {"replicas": 2, "template": {"spec": {"containers": [
            {"name": "a", "image": "a:1"},
            {"name": "db", "image": "db:1", "ports": [{"containerPort": 1972}, {"containerPort": 53, "protocol": "UDP"}]},
        ]}}}})
    }

    fn path(text: &str) -> Path {
        Path::parse_in(stateful_set(), text).unwrap()
    }

    #[test]
    fn items_are_found_by_key_with_defaults() {
        let value = example();
        let get = |text: &str| get(stateful_set(), &value, &path(text));
        assert_eq!(get(".spec.replicas"), Some(&json!(2)));
        assert_eq!(get(r#".spec.template.spec.containers[name="db"].image"#), Some(&json!("db:1")));
        let port = r#".spec.template.spec.containers[name="db"].ports[containerPort=1972,protocol="TCP"]"#;
        assert_eq!(get(port), Some(&json!({"containerPort": 1972})));
        assert_eq!(get(r#".spec.template.spec.containers[name="db"].ports[containerPort=53,protocol="TCP"]"#), None);
        assert_eq!(get(".spec.template.spec.containers[1].image"), Some(&json!("db:1")));
        assert_eq!(get(".spec.replicas.x"), None);
    }

    #[test]
    fn what_is_set_can_be_read_and_removed() {
        for text in [
            ".spec.replicas",
            r#".spec.template.spec.containers[name="db"].image"#,
            r#".spec.template.spec.containers[name="new"].ports[containerPort=1,protocol="TCP"].name"#,
            ".metadata.labels.example.com/a",
        ] {
            let mut value = example();
            set(stateful_set(), &mut value, &path(text), json!("x")).unwrap();
            assert_eq!(get(stateful_set(), &value, &path(text)), Some(&json!("x")), "{text}");
            assert_eq!(remove(stateful_set(), &mut value, &path(text)), Some(json!("x")), "{text}");
            assert_eq!(get(stateful_set(), &value, &path(text)), None, "{text}");
        }
        let mut value = example();
        assert!(remove(stateful_set(), &mut value, &path(r#".spec.template.spec.containers[name="a"]"#)).is_some());
        assert_eq!(value["spec"]["template"]["spec"]["containers"].as_array().unwrap().len(), 1);
        assert!(set(stateful_set(), &mut value, &path(".spec.template.spec.containers[9]"), json!(1)).is_err());
        assert!(set(stateful_set(), &mut value, &path(".spec.replicas.x"), json!(1)).is_err());
    }
}
