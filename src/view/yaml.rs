//! Values into YAML that every tool reads alike: what YAML 1.1 would take for something else is quoted.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use serde_saphyr::DoubleQuoted;

/// Keys that come first, in this order; the others follow by name.
const FIRST: [&str; 5] = ["apiVersion", "kind", "metadata", "name", "namespace"];

/// One YAML document without `---`, ending in a line end.
///
/// Keys stand in a stable order: `apiVersion`, `kind`, `metadata`, `name`, `namespace`, then by name.
pub fn to_yaml(value: &Value) -> String {
    let options = serde_saphyr::ser_options! {
        indent_step: 2,
        compact_list_indent: true,
        prefer_block_scalars: true,
        // Longer than any line: text is never folded.
        folded_wrap_chars: usize::MAX,
        min_fold_chars: usize::MAX,
    };
    // Serialisation of a JSON value into a string has no way to fail; JSON is YAML, should it ever.
    serde_saphyr::to_string_with_options(&Ordered(value), options).unwrap_or_else(|_| format!("{value}\n"))
}

/// Several documents, each after a `---` line.
pub fn to_yaml_documents<'v>(values: impl IntoIterator<Item = &'v Value>) -> String {
    values.into_iter().fold(String::new(), |mut text, value| {
        text.push_str("---\n");
        text.push_str(&to_yaml(value));
        text
    })
}

struct Ordered<'v>(&'v Value);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Ordered(item))?;
                }
                list.end()
            }
            Value::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in FIRST.iter().filter_map(|first| entries.get_key_value(*first)) {
                    map.serialize_entry(key, &Ordered(value))?;
                }
                for (key, value) in entries.iter().filter(|(key, _)| !FIRST.contains(&key.as_str())) {
                    map.serialize_entry(key, &Ordered(value))?;
                }
                map.end()
            }
            Value::String(text) if is_fragile(text) => DoubleQuoted(text).serialize(serializer),
            scalar => scalar.serialize(serializer),
        }
    }
}

/// Whether a block scalar of this text is read differently by different readers: where a line starts with a tab or
/// holds nothing but white space, it can be taken for indentation.
fn is_fragile(text: &str) -> bool {
    text.contains('\n')
        && text.lines().any(|line| line.starts_with('\t') || (!line.is_empty() && line.trim().is_empty()))
}

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
