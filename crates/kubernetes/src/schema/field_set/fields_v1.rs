//! The JSON form of a set, `fieldsV1` of a `managedFields` entry.

use serde_json::{Map, Value};

use super::{FieldSet, set::Node};
use crate::schema::{PathElement, PathError};

impl FieldSet {
    /// Reads `fieldsV1`. An element without anything inside it is in the set, as is one with a `"."`.
    pub fn from_fields_v1(fields: &Value) -> Result<Self, PathError> {
        let Some(fields) = fields.as_object() else { return Err(PathError::FieldsV1(fields.to_string())) };
        let mut set = Self::new();
        for (key, inside) in fields {
            if key == "." {
                continue;
            }
            let element = PathElement::from_fields_v1(key)?;
            let member = inside.as_object().is_none_or(|inside| inside.is_empty() || inside.contains_key("."));
            let inside = if inside.is_object() { Self::from_fields_v1(inside)? } else { Self::new() };
            let member = member || inside.is_empty();
            set.nodes.insert(element, Node { member, inside });
        }
        Ok(set)
    }

    /// Writes `fieldsV1`.
    pub fn to_fields_v1(&self) -> Value {
        Value::Object(self.to_map())
    }

    fn to_map(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        for (element, node) in &self.nodes {
            let mut inside = node.inside.to_map();
            if node.member && !inside.is_empty() {
                inside.insert(".".to_owned(), Value::Object(Map::new()));
            }
            fields.insert(element.to_fields_v1(), Value::Object(inside));
        }
        fields
    }
}
