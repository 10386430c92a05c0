//! What an apply of a value would own.

use serde_json::{Map, Value};

use super::FieldSet;
use crate::schema::{
    Kind, ListKind, Path, PathElement, Scalar, SchemaError, Type, TypeId, items::keyed_elements, table,
};

/// Fields of metadata, and of the root, that nobody owns.
const NEVER_OWNED: [&[&str]; 12] = [
    &["apiVersion"],
    &["kind"],
    &["metadata"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "clusterName"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

impl FieldSet {
    /// What a server-side apply of this value would own: `status` and what nobody can own (name, uid …) left out.
    ///
    /// Rules of the server: an atomic list, map or struct is one place; an item of a keyed list is in the set itself
    /// and so are its fields; a key of a map is in it; a field with `null` or `{}` is; an empty keyed list is not.
    pub fn of(kind: &Kind, value: &Value) -> Result<Self, SchemaError> {
        let all = collect(kind.root, value)?;
        Ok(all.without_unowned().recursive_difference(&[Path::fields(["status"])].into_iter().collect()))
    }

    /// The set without the places that nobody can own.
    pub(crate) fn without_unowned(&self) -> Self {
        self.difference(&NEVER_OWNED.iter().map(|names| Path::fields(names.iter().copied())).collect())
    }
}

/// The places of a value of this type, the root's own left out.
pub(crate) fn collect(id: TypeId, value: &Value) -> Result<FieldSet, SchemaError> {
    let mut walk = Walk { set: FieldSet::new(), path: Vec::new() };
    walk.value(id, value)?;
    Ok(walk.set)
}

struct Walk {
    set: FieldSet,
    path: Vec<PathElement>,
}

impl Walk {
    fn here(&mut self) {
        self.set.insert_elements(&self.path);
    }

    fn wrong(&self, expected: &'static str) -> SchemaError {
        SchemaError::WrongType { path: Path(self.path.clone()), expected }
    }

    fn value(&mut self, id: TypeId, value: &Value) -> Result<(), SchemaError> {
        match table().type_of(id) {
            Type::Scalar(Scalar::Any) => {
                if let Value::Object(map) = value {
                    self.map(id, map)
                } else {
                    self.here();
                    Ok(())
                }
            }
            Type::Scalar(_) if value.is_object() || value.is_array() => Err(self.wrong("a single value")),
            Type::Scalar(_) => {
                self.here();
                Ok(())
            }
            Type::Struct { fields, atomic, .. } => match value {
                _ if *atomic => {
                    self.here();
                    Ok(())
                }
                Value::Null => Ok(()),
                Value::Object(map) => {
                    for (name, value) in map {
                        let Some((name, id)) = fields.get_key_value(name.as_str()) else {
                            return Err(SchemaError::UnknownField {
                                path: Path(self.path.clone()).join(PathElement::field(name)),
                            });
                        };
                        let leaf = value.is_null() || value.as_object().is_some_and(Map::is_empty);
                        self.within(PathElement::Field((*name).into()), leaf, *id, value)?;
                    }
                    Ok(())
                }
                _ => Err(self.wrong("an object")),
            },
            Type::Map { value: inner, atomic } => match value {
                _ if *atomic => {
                    self.here();
                    Ok(())
                }
                Value::Null => Ok(()),
                Value::Object(map) => self.map(*inner, map),
                _ => Err(self.wrong("an object")),
            },
            Type::List { kind, .. } => match value {
                Value::Null => {
                    if *kind == ListKind::Atomic {
                        self.here();
                    }
                    Ok(())
                }
                Value::Array(items) => self.list(id, items),
                _ => Err(self.wrong("a list")),
            },
        }
    }

    fn within(&mut self, element: PathElement, leaf: bool, id: TypeId, value: &Value) -> Result<(), SchemaError> {
        self.path.push(element);
        if leaf {
            self.here();
        }
        self.value(id, value)?;
        self.path.pop();
        Ok(())
    }

    fn map(&mut self, inner: TypeId, map: &Map<String, Value>) -> Result<(), SchemaError> {
        map.iter().try_for_each(|(key, value)| self.within(PathElement::field(key), true, inner, value))
    }

    fn list(&mut self, id: TypeId, items: &[Value]) -> Result<(), SchemaError> {
        let Type::List { item: inner, .. } = table().type_of(id) else { return Ok(()) };
        let Some(elements) = keyed_elements(id, items) else {
            self.here();
            return Ok(());
        };
        for (at, (element, item)) in elements.iter().zip(items).enumerate() {
            let Some(element) = element else {
                return Err(SchemaError::NoKey { path: Path(self.path.clone()).join(PathElement::Index(at)) });
            };
            // Of items with the same key only the key is owned, as one.
            let twice = elements.iter().filter(|other| other.as_ref() == Some(element)).count() > 1;
            if twice {
                self.path.push(element.clone());
                self.here();
                self.path.pop();
            } else {
                self.within(element.clone(), true, *inner, item)?;
            }
        }
        Ok(())
    }
}
