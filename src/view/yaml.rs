//! Values into YAML that every tool reads alike.
//!
//! `serde_yaml` quotes what YAML 1.2 would take for something else than a string. kubectl, Helm and most other tools
//! around Kubernetes follow YAML 1.1, where `on` is a boolean and `12:30:45` a number: that is quoted here.

use iriskit_core::manifest::read_back;
use iriskit_state::{harmless_json, is_harmful};
use serde_json::Value;
use serde_yaml::Mapping;

/// Keys that come first, in this order; the others follow by name.
const FIRST: [&str; 5] = ["apiVersion", "kind", "metadata", "name", "namespace"];

/// One YAML document without `---`, ending in a line end.
///
/// Keys stand in a stable order: `apiVersion`, `kind`, `metadata`, `name`, `namespace`, then by name.
pub(crate) fn to_yaml(value: &Value) -> String {
    written(value).unwrap_or_else(|| json(value))
}

/// Several documents, each after a `---` line.
pub fn to_yaml_documents<'v>(values: impl IntoIterator<Item = &'v Value>) -> String {
    values.into_iter().fold(String::new(), |mut text, value| {
        text.push_str("---\n");
        text.push_str(&to_yaml(value));
        text
    })
}

/// The document; `None` when what is read back is something else: a key `<<` is taken for a merge, and line separators
/// of Unicode are line ends for some readers only.
fn written(value: &Value) -> Option<String> {
    let text = serde_yaml::to_string(&ordered(value)).ok()?;
    // Escapes are known to quoted texts only. Control characters are written so, but for line ends and tabs.
    if text.contains(|c: char| is_harmful(c) && !c.is_control()) {
        return None;
    }
    let back = read_back(&text).filter(|back| back.value == *value)?;
    let mut safe = String::with_capacity(text.len());
    let mut end = 0;
    for range in back.ambiguous {
        safe.push_str(text.get(end..range.start)?);
        end = range.end;
        let quoted = format!("'{}'", text.get(range)?.replace('\'', "''"));
        safe.push_str(&quoted);
    }
    safe.push_str(text.get(end..)?);
    Some(safe)
}

/// JSON is YAML in which every text has quotes. What YAML does not take as it is gets escaped.
fn json(value: &Value) -> String {
    format!("{}\n", harmless_json(&value.to_string()))
}

fn ordered(value: &Value) -> serde_yaml::Value {
    match value {
        Value::Null => serde_yaml::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => {
            let whole = number.as_i64().map(Into::into).or_else(|| number.as_u64().map(Into::into));
            whole.or_else(|| number.as_f64().map(Into::into)).unwrap_or_default()
        }
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(ordered).collect::<Vec<_>>().into(),
        Value::Object(members) => {
            let first = FIRST.iter().filter_map(|first| members.get_key_value(*first));
            let others = members.iter().filter(|(key, _)| !FIRST.contains(&key.as_str()));
            let entries = first.chain(others).map(|(key, value)| (key.as_str().into(), ordered(value)));
            entries.collect::<Mapping>().into()
        }
    }
}

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
