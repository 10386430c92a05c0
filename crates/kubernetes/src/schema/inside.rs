//! Types of what is inside an object.

use super::{PathElement, Type, TypeId, table};

/// The type one step further in, when it is known.
pub(super) fn inside(id: TypeId, element: &PathElement) -> Option<TypeId> {
    match (table().type_of(id), element) {
        (Type::Struct { fields, .. }, PathElement::Field(name)) => fields.get(name.as_ref()).copied(),
        (Type::Map { value, .. }, PathElement::Field(_)) => Some(*value),
        (Type::List { item, .. }, PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_)) => Some(*item),
        _ => None,
    }
}
