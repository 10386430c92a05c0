//! Which values of an object are secret: all of a Secret's data, secret keys inside ConfigMap texts, and environment
//! variables with a secret name.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::secret_text::{is_secret_name, replace_secrets, secrets_in_text};

/// A line inside a text: section, key and occurrence.
pub type TextPlace = (String, String, usize);

/// Where one secret value stands: a JSON pointer to a string and, inside a text, which line of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretPlace {
    /// JSON pointer to the string.
    pub pointer: String,
    /// The line inside it; absent when the whole string is secret.
    pub line: Option<TextPlace>,
}

/// Annotations that repeat a whole object and so may repeat its secrets.
const COPIES_OF_OBJECTS: [&str; 1] = ["kubectl.kubernetes.io/last-applied-configuration"];

/// Every secret value of `object` with its place.
pub fn secrets_of(object: &Value) -> BTreeMap<SecretPlace, String> {
    let mut found = BTreeMap::new();
    let whole = |pointer: String| SecretPlace { pointer, line: None };
    for (pointer, text) in whole_secrets(object) {
        found.insert(whole(pointer), text.to_owned());
    }
    for (pointer, text) in texts(object) {
        for secret in secrets_in_text(text) {
            let value = text.get(secret.range.clone()).unwrap_or_default().to_owned();
            if value.is_empty() {
                continue;
            }
            let line = Some((secret.section, secret.key, secret.occurrence));
            found.insert(SecretPlace { pointer: pointer.clone(), line }, value);
        }
    }
    found
}

/// What stands in place of a secret value that did not change.
pub const MASK: &str = "(sensitive)";
/// What stands in place of a secret value that is not as it was.
pub const MASK_CHANGED: &str = "(sensitive, changed)";

/// `object` without secret values, and the tree that has `true` at their places (`null` when there are none). Values
/// that differ from those of `other` say so; without `other` none does.
pub fn mask(object: &Value, other: Option<&Value>) -> (Value, Value) {
    let own = secrets_of(object);
    if own.is_empty() {
        return (object.clone(), Value::Null);
    }
    let others = other.map(secrets_of);
    let word = |place: &SecretPlace, value: &str| match &others {
        Some(others) if others.get(place).is_none_or(|other| other != value) => MASK_CHANGED,
        _ => MASK,
    };
    let mut masked = object.clone();
    let mut marks = Value::Null;
    for (place, value) in &own {
        if place.line.is_none()
            && let Some(target) = masked.pointer_mut(&place.pointer)
        {
            *target = json!(word(place, value));
        }
        set_mark(&mut marks, &place.pointer);
    }
    for (pointer, text) in texts(object) {
        let replaced = replace_secrets(text, |secret, value| {
            if value.is_empty() {
                return String::new();
            }
            let line = Some((secret.section.clone(), secret.key.clone(), secret.occurrence));
            word(&SecretPlace { pointer: pointer.clone(), line }, value).to_owned()
        });
        if let Some(target) = masked.pointer_mut(&pointer) {
            *target = json!(replaced);
        }
    }
    (masked, marks)
}

/// `object` with null in place of secret strings and nothing in place of secret lines, for a plan file.
pub fn hollow(object: &Value) -> Value {
    let mut hollowed = object.clone();
    for (pointer, _) in whole_secrets(object) {
        if let Some(target) = hollowed.pointer_mut(&pointer) {
            *target = Value::Null;
        }
    }
    for (pointer, text) in texts(object) {
        let replaced = replace_secrets(text, |_, _| String::new());
        if let Some(target) = hollowed.pointer_mut(&pointer) {
            *target = json!(replaced);
        }
    }
    hollowed
}

/// Strings that are secret as a whole.
fn whole_secrets(object: &Value) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    if kind(object) == "Secret" {
        for member in ["data", "stringData"] {
            strings_of(object.get(member), &format!("/{member}"), &mut found);
        }
    }
    if (kind(object) == "Secret" || kind(object) == "ConfigMap")
        && let Some(annotations) = object.pointer("/metadata/annotations").and_then(Value::as_object)
    {
        for name in COPIES_OF_OBJECTS {
            if let Some(text) = annotations.get(name).and_then(Value::as_str) {
                found.push((format!("/metadata/annotations/{}", escape(name)), text));
            }
        }
    }
    for template in ["/spec/template/spec", "/spec"] {
        for list in ["containers", "initContainers"] {
            let pointer = format!("{template}/{list}");
            for (at, container) in array(object.pointer(&pointer)).iter().enumerate() {
                for (n, variable) in array(container.get("env")).iter().enumerate() {
                    let name = variable.get("name").and_then(Value::as_str).unwrap_or_default();
                    if let Some(value) = variable.get("value").and_then(Value::as_str)
                        && is_secret_name(name)
                        && !value.is_empty()
                    {
                        found.push((format!("{pointer}/{at}/env/{n}/value"), value));
                    }
                }
            }
        }
    }
    found
}

/// Strings that are texts with secret lines in them.
fn texts(object: &Value) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    if kind(object) == "ConfigMap" {
        strings_of(object.get("data"), "/data", &mut found);
    }
    found
}

fn strings_of<'a>(map: Option<&'a Value>, pointer: &str, found: &mut Vec<(String, &'a str)>) {
    for (key, value) in map.and_then(Value::as_object).into_iter().flatten() {
        if let Some(text) = value.as_str() {
            found.push((format!("{pointer}/{}", escape(key)), text));
        }
    }
}

fn kind(object: &Value) -> &str {
    object.get("kind").and_then(Value::as_str).unwrap_or_default()
}

fn array(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Sets `true` at `pointer` in a tree of objects, making what is missing on the way.
fn set_mark(tree: &mut Value, pointer: &str) {
    let mut node = tree;
    for part in pointer.split('/').skip(1) {
        if !node.is_object() {
            *node = Value::Object(Map::new());
        }
        let Value::Object(members) = node else { return };
        node = members.entry(part.replace("~1", "/").replace("~0", "~")).or_insert(Value::Null);
    }
    *node = Value::Bool(true);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_secret_survives_masking() {
        let secret = json!({"kind": "Secret", "metadata": {"name": "s"}, "data": {"username": "dQ==", "a/b": "cA=="}});
        let (masked, marks) = mask(&secret, None);
        assert_eq!(masked["data"], json!({"username": MASK, "a/b": MASK}));
        assert_eq!(marks, json!({"data": {"username": true, "a/b": true}}));
        assert_eq!(hollow(&secret)["data"], json!({"username": null, "a/b": null}));
    }

    #[test]
    fn equal_and_changed_stay_visible() {
        let before = json!({"kind": "Secret", "data": {"a": "MQ==", "b": "Mg=="}});
        let after = json!({"kind": "Secret", "data": {"a": "MQ==", "b": "Mw==", "c": "NA=="}});
        let (masked, _) = mask(&after, Some(&before));
        assert_eq!(masked["data"], json!({"a": MASK, "b": MASK_CHANGED, "c": MASK_CHANGED}));
    }

    #[test]
    fn secret_lines_of_a_config_map_are_masked_and_the_rest_is_shown() {
        let map =
            json!({"kind": "ConfigMap", "data": {"data.cpf": "[Startup]\nPasswordHash=abc,def\nDefaultPort=1972\n"}});
        let (masked, _) = mask(&map, None);
        assert_eq!(masked["data"]["data.cpf"], "[Startup]\nPasswordHash=(sensitive)\nDefaultPort=1972\n");
        assert_eq!(hollow(&map)["data"]["data.cpf"], "[Startup]\nPasswordHash=\nDefaultPort=1972\n");
    }

    #[test]
    fn variables_with_a_secret_name_are_masked() {
        let set = json!({"kind": "StatefulSet", "spec": {"template": {"spec": {"containers": [
            {"name": "iris", "env": [{"name": "TZ", "value": "UTC"}, {"name": "MY_PASSWORD", "value": "x"}]}]}}}});
        let (masked, _) = mask(&set, None);
        assert_eq!(
            masked.pointer("/spec/template/spec/containers/0/env"),
            Some(&json!([{"name": "TZ", "value": "UTC"}, {"name": "MY_PASSWORD", "value": MASK}]))
        );
    }
}
