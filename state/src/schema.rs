//! JSON Schemas of documents, from their types.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

/// The schema (draft 2020-12) of what this version writes; descriptions are those of the types.
pub(crate) fn schema_of<T: JsonSchema>(what: &str, version: &str) -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    plain(&mut schema);
    if let Some(members) = schema.as_object_mut() {
        members.insert("title".to_owned(), json!(format!("iriskit {what}, format version {version}")));
    }
    schema
}

/// Descriptions without the links of source comments.
fn plain(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "description" => {
                        *text = text.replace("[`super::", "`").replace("[`crate::", "`").replace("`]", "`");
                    }
                    member => plain(member),
                }
            }
        }
        _ => {}
    }
}
