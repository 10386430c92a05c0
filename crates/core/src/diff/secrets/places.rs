//! Secret values of an object: taken out, masked, left out.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use serde_json::{Map, Value};

use super::strings::{SecretString, secret_strings};

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

/// A secret value inside a string, as [`SecretString`] has it.
struct Inside<'a> {
    line: Option<TextPlace>,
    value: &'a str,
    range: Range<usize>,
}

/// The secrets of a string, in order.
fn inside<'a>(string: &SecretString<'a>) -> Vec<Inside<'a>> {
    let Some(secrets) = &string.inside else {
        return vec![Inside { line: None, value: string.text, range: 0..string.text.len() }];
    };
    let of_text = secrets.iter().map(|secret| Inside {
        line: Some((secret.section.clone(), secret.key.clone(), secret.occurrence)),
        value: string.text.get(secret.range.clone()).unwrap_or_default(),
        range: secret.range.clone(),
    });
    of_text.collect()
}

/// Every secret value of `object` with its place.
pub(crate) fn secrets_of(object: &Value) -> BTreeMap<SecretPlace, String> {
    let mut found = BTreeMap::new();
    for string in secret_strings(object) {
        for Inside { line, value, .. } in inside(&string) {
            found.insert(SecretPlace { pointer: string.pointer.clone(), line }, value.to_owned());
        }
    }
    found
}

/// The place of every secret value of `object`, and of those inside a text where each belongs in the text of the
/// [`hollow`] object.
pub(crate) fn holes_of(object: &Value) -> BTreeMap<SecretPlace, Option<usize>> {
    let mut found = BTreeMap::new();
    for string in secret_strings(object) {
        let mut left_out = 0;
        for Inside { line, range, .. } in inside(&string) {
            let at = line.as_ref().map(|_| range.start - left_out);
            left_out += range.len();
            found.insert(SecretPlace { pointer: string.pointer.clone(), line }, at);
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
    let named = |of: &Value| -> BTreeMap<SecretPlace, String> {
        secrets_of(of).into_iter().map(|(place, value)| (by_name(of, place), value)).collect()
    };
    let others = other.map(named);
    let mut marks = Value::Null;
    let masked = replaced(object, |place, value| {
        set_mark(&mut marks, object, &place.pointer);
        let differs = others.as_ref().is_some_and(|others| {
            let place = by_name(object, place.clone());
            others.get(&place).is_none_or(|other| other != value)
        });
        Value::from(if differs { MASK_CHANGED } else { MASK })
    });
    (masked, marks)
}

/// `object` with null in place of secret strings and nothing in place of secret lines, for a plan file.
pub(crate) fn hollow(object: &Value) -> Value {
    replaced(object, |place, _| if place.line.is_some() { Value::from("") } else { Value::Null })
}

/// `object` with something else in place of each secret value; what is not a string takes the place of a whole one only.
pub fn replaced(object: &Value, mut with: impl FnMut(&SecretPlace, &str) -> Value) -> Value {
    let mut changed = object.clone();
    for string in secret_strings(object) {
        let mut text = String::with_capacity(string.text.len());
        let mut from = 0;
        let mut whole = None;
        for Inside { line, value, range } in inside(&string) {
            let place = SecretPlace { pointer: string.pointer.clone(), line };
            let new = with(&place, value);
            if place.line.is_none() {
                whole = Some(new);
                break;
            }
            text.push_str(string.text.get(from..range.start).unwrap_or_default());
            text.push_str(new.as_str().unwrap_or_default());
            from = range.end;
        }
        text.push_str(string.text.get(from..).unwrap_or_default());
        if let Some(target) = changed.pointer_mut(&string.pointer) {
            *target = whole.unwrap_or(Value::from(text));
        }
    }
    changed
}

/// The place with items of lists by their names: a variable is the same one when another comes before it.
fn by_name(object: &Value, place: SecretPlace) -> SecretPlace {
    let mut here = Some(object);
    let mut pointer = String::new();
    for part in place.pointer.split('/').skip(1) {
        let list = here.is_some_and(Value::is_array);
        here = here.and_then(|here| match here {
            Value::Array(items) => items.get(part.parse::<usize>().ok()?),
            other => other.get(part.replace("~1", "/").replace("~0", "~")),
        });
        let name = here.filter(|_| list).and_then(|item| item.get("name")?.as_str());
        let part = name.map_or(Cow::Borrowed(part), |name| Cow::Owned(format!("[{name}]")));
        pointer.push('/');
        pointer.push_str(&part);
    }
    SecretPlace { pointer, line: place.line }
}

/// Sets `true` at `pointer` in a tree shaped like `object`: members only where something is marked, lists with an entry
/// for each item, as in Terraform's JSON.
fn set_mark(tree: &mut Value, object: &Value, pointer: &str) {
    let (mut node, mut here) = (tree, Some(object));
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let next = match here {
            Some(Value::Array(items)) => {
                if !node.is_array() {
                    *node = items.iter().map(unmarked).collect();
                }
                part.parse::<usize>().ok().and_then(|at| Some((node.get_mut(at)?, items.get(at))))
            }
            other => {
                if !node.is_object() {
                    *node = Value::Object(Map::new());
                }
                let below = other.and_then(|members| members.get(&part));
                node.as_object_mut().map(|members| (members.entry(part).or_insert(Value::Null), below))
            }
        };
        let Some(next) = next else { return };
        (node, here) = next;
    }
    *node = Value::Bool(true);
}

/// What stands in a list of marks for an item without any.
fn unmarked(item: &Value) -> Value {
    match item {
        Value::Object(_) => Value::Object(Map::new()),
        Value::Array(_) => Value::Array(Vec::new()),
        _ => Value::Bool(false),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
    fn a_variable_that_moved_in_its_list_is_the_same() {
        let set = |env: Value| json!({"kind": "StatefulSet", "spec": {"template": {"spec": {"containers": [{"name": "iris", "env": env}]}}}});
        let token = json!({"name": "TOKEN", "value": "t"});
        let url = |host: &str| json!({"name": "DB", "value": format!("pg://u:p@{host}/x")});
        let before = set(json!([token, url("a")]));
        let after = set(json!([{"name": "FIRST", "value": "1"}, token, url("b")]));
        let (masked, _) = mask(&after, Some(&before));
        let values = masked.pointer("/spec/template/spec/containers/0/env").unwrap();
        assert_eq!((&values[1]["value"], &values[2]["value"]), (&json!(MASK), &json!("pg://u:(sensitive)@b/x")));
    }

    #[test]
    fn variables_with_a_secret_name_are_masked() {
        let set = json!({"kind": "StatefulSet", "spec": {"template": {"spec": {"containers": [
            {"name": "iris", "env": [{"name": "TZ", "value": "UTC"}, {"name": "MY_PASSWORD", "value": "x"}]}]}}}});
        let (masked, marks) = mask(&set, None);
        assert_eq!(
            masked.pointer("/spec/template/spec/containers/0/env"),
            Some(&json!([{"name": "TZ", "value": "UTC"}, {"name": "MY_PASSWORD", "value": MASK}]))
        );
        let containers = json!([{"env": [{}, {"value": true}]}]);
        assert_eq!(marks, json!({"spec": {"template": {"spec": {"containers": containers}}}}));
    }
}
