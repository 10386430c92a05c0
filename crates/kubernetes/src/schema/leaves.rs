//! The leaves of an object, as its type divides it.

use serde_json::{Map, Value};

use super::{Kind, Path, PathElement, Type, TypeId, items::keyed_elements, table};

/// Every leaf of a whole object with its value, in the order of field names and of the lists.
///
/// A leaf is a single value, an atomic list, map or struct, something empty or `null`, and whatever the type does not
/// describe. Key fields of items are leaves like others. Items of one keyed list with the same key, or without one, are
/// told apart by their index.
pub fn leaves<'a>(kind: &Kind, value: &'a Value) -> Vec<(Path, &'a Value)> {
    let mut walk = Walk { path: Vec::new(), found: Vec::new() };
    walk.value(Some(kind.root), value);
    walk.found
}

struct Walk<'a> {
    path: Vec<PathElement>,
    found: Vec<(Path, &'a Value)>,
}

impl<'a> Walk<'a> {
    fn value(&mut self, id: Option<TypeId>, value: &'a Value) {
        let inside = match (id.map(|id| (id, table().type_of(id))), value) {
            (_, Value::Object(map)) if map.is_empty() => false,
            (_, Value::Array(items)) if items.is_empty() => false,
            (Some((_, Type::Struct { fields, atomic: false, .. })), Value::Object(map)) => {
                self.fields(map, |name| {
                    let known = fields.get_key_value(name)?;
                    Some((PathElement::Field((*known.0).into()), *known.1))
                });
                true
            }
            (Some((_, Type::Map { value, atomic: false })), Value::Object(map)) => {
                self.fields(map, |name| Some((PathElement::field(name), *value)));
                true
            }
            (Some((id, Type::List { item, .. })), Value::Array(items)) => self.items(id, *item, items),
            _ => false,
        };
        if !inside {
            self.found.push((Path(self.path.clone()), value));
        }
    }

    fn fields(&mut self, map: &'a Map<String, Value>, step: impl Fn(&str) -> Option<(PathElement, TypeId)>) {
        for (name, value) in map {
            let (element, id) = match step(name) {
                Some((element, id)) => (element, Some(id)),
                None => (PathElement::field(name), None),
            };
            self.within(element, id, value);
        }
    }

    fn items(&mut self, list: TypeId, inner: TypeId, items: &'a [Value]) -> bool {
        let Some(elements) = keyed_elements(list, items) else { return false };
        for (at, (element, item)) in elements.iter().zip(items).enumerate() {
            let unique = element.is_some() && elements.iter().filter(|other| *other == element).count() == 1;
            let element = element.clone().filter(|_| unique).unwrap_or(PathElement::Index(at));
            self.within(element, Some(inner), item);
        }
        true
    }

    fn within(&mut self, element: PathElement, id: Option<TypeId>, value: &'a Value) {
        self.path.push(element);
        self.value(id, value);
        self.path.pop();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn leaves_follow_the_type() {
        let value = json!({
            "metadata": {"name": "s", "labels": {"a.b/c": "1"}, "finalizers": ["x.io/f"]},
            "spec": {
                "selector": {"matchLabels": {"x": "y"}},
                "colour": {"a": 1},
                "template": {"spec": {
                    "affinity": {},
                    "volumes": [],
                    "imagePullSecrets": [{"name": "ps"}],
                    "tolerations": [{"key": "a"}],
                    "containers": [
                        {"name": "db", "ports": [{"containerPort": 80}], "env": [{"name": "A"}, {"name": "A", "value": "1"}]},
                    ],
                }},
            },
        });
        let kind = table().kind("apps/v1", "StatefulSet").unwrap();
        let found: Vec<_> = leaves(kind, &value).iter().map(|(path, value)| format!("{path} {value}")).collect();
        let db = r#".spec.template.spec.containers[name="db"]"#;
        assert_eq!(
            found,
            [
                r#".metadata.finalizers[="x.io/f"] "x.io/f""#.to_owned(),
                r#".metadata.labels.a.b/c "1""#.to_owned(),
                r#".metadata.name "s""#.to_owned(),
                r#".spec.colour {"a":1}"#.to_owned(),
                r#".spec.selector {"matchLabels":{"x":"y"}}"#.to_owned(),
                r".spec.template.spec.affinity {}".to_owned(),
                format!(r#"{db}.env[0].name "A""#),
                format!(r#"{db}.env[1].name "A""#),
                format!(r#"{db}.env[1].value "1""#),
                format!(r#"{db}.name "db""#),
                format!(r#"{db}.ports[containerPort=80,protocol="TCP"].containerPort 80"#),
                r#".spec.template.spec.imagePullSecrets[name="ps"] {"name":"ps"}"#.to_owned(),
                r#".spec.template.spec.tolerations [{"key":"a"}]"#.to_owned(),
                r".spec.template.spec.volumes []".to_owned(),
            ]
        );
    }
}
