//! What an apply of a value would own.

use serde_json::{Map, Value};

use super::FieldSet;
use crate::schema::{
    Kind, ListKind, Path, PathElement, Scalar, SchemaError, Type, TypeId, items::keyed_elements, table,
};

/// Fields of metadata, and of the root, that no manager owns.
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
    /// What a server-side apply of this value would own: `status` and what no manager can own (name, uid …) left out.
    ///
    /// Rules of the server: an atomic list, map or struct is one place; an item of a keyed list is in the set itself
    /// and so are its fields; a key of a map is in it; a field with `null` or `{}` is; an empty keyed list is not.
    pub fn of(kind: &Kind, value: &Value) -> Result<Self, SchemaError> {
        let walk = Walk::through(kind.root, value);
        match walk.errors.into_iter().next() {
            Some(error) => Err(error),
            None => {
                Ok(walk.set.without_unowned().recursive_difference(&[Path::fields(["status"])].into_iter().collect()))
            }
        }
    }

    /// The set without the places that no manager can own.
    #[must_use]
    pub(crate) fn without_unowned(&self) -> Self {
        self.difference(&NEVER_OWNED.iter().map(|names| Path::fields(names.iter().copied())).collect())
    }
}

/// All places of a value of this type. What does not fit the type is one place.
pub(crate) fn collect(id: TypeId, value: &Value) -> FieldSet {
    Walk::through(id, value).set
}

struct Walk {
    set: FieldSet,
    path: Vec<PathElement>,
    errors: Vec<SchemaError>,
}

impl Walk {
    fn through(id: TypeId, value: &Value) -> Self {
        let mut walk = Self { set: FieldSet::new(), path: Vec::new(), errors: Vec::new() };
        walk.value(id, value);
        walk
    }

    fn here(&mut self) {
        self.set.insert_elements(&self.path);
    }

    fn wrong(&mut self, expected: &'static str) {
        self.here();
        self.errors.push(SchemaError::WrongType { path: Path(self.path.clone()), expected });
    }

    fn value(&mut self, id: TypeId, value: &Value) {
        match (table().type_of(id), value) {
            (Type::Scalar(Scalar::Any) | Type::Struct { atomic: true, .. } | Type::Map { atomic: true, .. }, _)
            | (Type::List { kind: ListKind::Atomic, .. }, Value::Null) => self.here(),
            (Type::Scalar(_), Value::Object(_) | Value::Array(_)) => self.wrong("a single value"),
            (Type::Scalar(_), _) => self.here(),
            (_, Value::Null) => {}
            (Type::Struct { fields, .. }, Value::Object(map)) => {
                for (name, value) in map {
                    let Some((name, id)) = fields.get_key_value(name.as_str()) else {
                        let path = Path(self.path.clone()).join(PathElement::field(name));
                        self.set.insert(&path);
                        self.errors.push(SchemaError::UnknownField { path });
                        continue;
                    };
                    let leaf = value.is_null() || value.as_object().is_some_and(Map::is_empty);
                    self.within(PathElement::Field((*name).into()), leaf, *id, value);
                }
            }
            (Type::Map { value: inner, .. }, Value::Object(map)) => self.map(*inner, map),
            (Type::List { item, .. }, Value::Array(items)) => self.list(id, *item, items),
            (Type::Struct { .. } | Type::Map { .. }, _) => self.wrong("an object"),
            (Type::List { .. }, _) => self.wrong("a list"),
        }
    }

    fn within(&mut self, element: PathElement, leaf: bool, id: TypeId, value: &Value) {
        self.path.push(element);
        if leaf {
            self.here();
        }
        self.value(id, value);
        self.path.pop();
    }

    fn map(&mut self, inner: TypeId, map: &Map<String, Value>) {
        for (key, value) in map {
            self.within(PathElement::field(key), true, inner, value);
        }
    }

    fn list(&mut self, id: TypeId, inner: TypeId, items: &[Value]) {
        let Some(elements) = keyed_elements(id, items) else {
            self.here();
            return;
        };
        for (at, (element, item)) in elements.iter().zip(items).enumerate() {
            let Some(element) = element else {
                let path = Path(self.path.clone()).join(PathElement::Index(at));
                self.errors.push(SchemaError::NoKey { path });
                continue;
            };
            // Of items with the same key only the key is owned, as one.
            if elements.iter().filter(|other| other.as_ref() == Some(element)).count() > 1 {
                self.path.push(element.clone());
                self.here();
                self.path.pop();
            } else {
                self.within(element.clone(), true, inner, item);
            }
        }
    }
}
