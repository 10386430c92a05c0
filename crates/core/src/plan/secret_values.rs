//! Secret values that belong into the holes of a plan. They live in memory only.

use std::collections::BTreeMap;

use iriskit_state::{hole_hash, plan::Hole};
use serde_json::{Value, json};

use crate::diff::{SecretPlace, replace_secrets, secrets_of};

/// Secret values by address of the object and place in it. Has no `Debug` output of values.
#[derive(Clone, Default)]
pub struct SecretValues {
    values: BTreeMap<(String, SecretPlace), String>,
}

/// Why a body can't be filled.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SecretValueError {
    /// The inputs have no value for a hole.
    #[error("{address}: no value for the secret at {place}: the manifests are not those of the plan")]
    Missing {
        /// The object.
        address: String,
        /// JSON pointer, section and key.
        place: String,
    },
    /// The inputs have another value than the plan was made with.
    #[error("{address}: the secret at {place} is not the one that the plan was made with")]
    Changed {
        /// The object.
        address: String,
        /// JSON pointer, section and key.
        place: String,
    },
    /// The plan's body has no such place.
    #[error("{address}: the plan has no text at {place}")]
    NoPlace {
        /// The object.
        address: String,
        /// JSON pointer.
        place: String,
    },
}

impl SecretValues {
    /// Remembers the secret values of an object.
    pub(crate) fn remember(&mut self, address: &str, object: &Value) {
        for (place, value) in secrets_of(object) {
            let place = SecretPlace { pointer: by_names(object, &place.pointer), line: place.line };
            self.values.insert((address.to_owned(), place), value);
        }
    }

    /// The value for a hole of `body`, if the inputs have one.
    pub fn value(&self, address: &str, body: &Value, hole: &Hole) -> Option<&str> {
        let place = SecretPlace { pointer: by_names(body, &hole.pointer), line: hole.line.clone() };
        self.values.get(&(address.to_owned(), place)).map(String::as_str)
    }

    /// `body` with its holes filled. A saved plan's holes carry a hash, which must match.
    pub fn fill(&self, address: &str, body: &Value, holes: &[Hole]) -> Result<Value, SecretValueError> {
        let mut filled = body.clone();
        let mut lines: BTreeMap<&str, Vec<(&Hole, &str)>> = BTreeMap::new();
        for hole in holes {
            let named = || (address.to_owned(), describe(hole));
            let value = self.value(address, body, hole).ok_or_else(|| {
                let (address, place) = named();
                SecretValueError::Missing { address, place }
            })?;
            if !hole.salt.is_empty() && hole_hash(&hole.salt, value) != hole.hash {
                let (address, place) = named();
                return Err(SecretValueError::Changed { address, place });
            }
            if hole.line.is_some() {
                lines.entry(&hole.pointer).or_default().push((hole, value));
            } else {
                *target(&mut filled, address, &hole.pointer)? = json!(value);
            }
        }
        for (pointer, values) in lines {
            let text = target(&mut filled, address, pointer)?;
            let filled = fill_text(text.as_str().unwrap_or_default(), values);
            *text = json!(filled.ok_or_else(|| no_place(address, pointer))?);
        }
        Ok(filled)
    }
}

/// A JSON pointer with names in place of indexes, where items have them: a body without an item that was left to others
/// still finds its values.
fn by_names(object: &Value, pointer: &str) -> String {
    let mut here = Some(object);
    let mut named = String::new();
    for part in pointer.split('/').skip(1) {
        here = here.and_then(|value| match value {
            Value::Array(items) => items.get(part.parse::<usize>().ok()?),
            other => other.get(part.replace("~1", "/").replace("~0", "~")),
        });
        let name = here.filter(|_| part.bytes().all(|byte| byte.is_ascii_digit())).and_then(|item| item.get("name"));
        named.push('/');
        named.push_str(name.and_then(Value::as_str).unwrap_or(part));
    }
    named
}

fn target<'a>(body: &'a mut Value, address: &str, pointer: &str) -> Result<&'a mut Value, SecretValueError> {
    body.pointer_mut(pointer).ok_or_else(|| no_place(address, pointer))
}

fn no_place(address: &str, pointer: &str) -> SecretValueError {
    SecretValueError::NoPlace { address: address.to_owned(), place: pointer.to_owned() }
}

/// A text with the values where its holes are; `None` when it has no such places.
fn fill_text(hollow: &str, mut values: Vec<(&Hole, &str)>) -> Option<String> {
    if values.iter().any(|(hole, _)| hole.at.is_none()) {
        return Some(fill_lines(hollow, &values));
    }
    values.sort_by_key(|(hole, _)| hole.at);
    let mut filled = String::with_capacity(hollow.len());
    let mut from = 0;
    for (hole, value) in values {
        let at = hole.at?;
        filled.push_str(hollow.get(from..at)?);
        filled.push_str(value);
        from = at;
    }
    filled.push_str(hollow.get(from..)?);
    Some(filled)
}

/// The same for a plan whose holes do not say at which byte they are: the keys are looked for.
fn fill_lines(hollow: &str, values: &[(&Hole, &str)]) -> String {
    replace_secrets(hollow, |secret, rest| {
        let line = Some((secret.section.clone(), secret.key.clone(), secret.occurrence));
        values.iter().find(|(hole, _)| hole.line == line).map_or(rest, |(_, value)| *value).to_owned()
    })
}

/// JSON pointer, section and key.
pub(crate) fn describe(hole: &Hole) -> String {
    match &hole.line {
        Some((section, key, 0)) => format!("{} [{section}] {key}", hole.pointer),
        Some((section, key, n)) => format!("{} [{section}] {key} (number {})", hole.pointer, n + 1),
        None => hole.pointer.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{holes_of, hollow};

    fn holes(object: &Value) -> Vec<Hole> {
        let bare = |(place, at): (SecretPlace, Option<usize>)| Hole {
            pointer: place.pointer,
            line: place.line,
            at,
            salt: String::new(),
            hash: String::new(),
        };
        holes_of(object).into_iter().map(bare).collect()
    }

    #[test]
    fn a_hollow_body_is_filled_to_what_it_was() {
        let objects = [
            json!({"kind": "Secret", "data": {"a": "MQ==", "b/c": "Mg=="}}),
            json!({"kind": "ConfigMap", "data": {"data.cpf":
                "\n[Startup]\nPassword=\nPasswordHash=a,b,1,SHA512\n[Actions]\nModifyUser:Name=x,PasswordHash=\"h,s\",Roles=%All\nCreateUser:Password=p,Name=b\n[Startup]\nPasswordHash=z"}}),
            json!({"kind": "StatefulSet", "spec": {"template": {"spec": {"containers": [{"env": [{"name": "TOKEN", "value": "t"}]}]}}}}),
        ];
        for object in objects {
            let mut secret_values = SecretValues::default();
            secret_values.remember("x", &object);
            let holes = holes(&object);
            assert!(!holes.is_empty());
            assert_eq!(secret_values.fill("x", &hollow(&object), &holes), Ok(object));
        }
    }

    #[test]
    fn an_item_that_was_left_to_others_shifts_no_value() {
        let set = |env: Value| json!({"kind": "StatefulSet", "spec": {"template": {"spec": {"containers": [{"name": "iris", "env": env}]}}}});
        let full = set(json!([{"name": "A_TOKEN", "value": "a"}, {"name": "B_TOKEN", "value": "b"}]));
        let without = set(json!([{"name": "B_TOKEN", "value": "b"}]));
        let mut secret_values = SecretValues::default();
        secret_values.remember("x", &full);
        assert_eq!(secret_values.fill("x", &hollow(&without), &holes(&without)), Ok(without));
    }

    #[test]
    fn another_secret_is_refused() {
        let object = json!({"kind": "Secret", "data": {"a": "MQ=="}});
        let mut secret_values = SecretValues::default();
        secret_values.remember("Secret/n/s", &object);
        let hole =
            Hole { pointer: "/data/a".into(), line: None, at: None, salt: "s".into(), hash: hole_hash("s", "other") };
        let refused = secret_values.fill("Secret/n/s", &hollow(&object), &[hole]);
        assert_eq!(
            refused.map_err(|error| error.to_string()),
            Err("Secret/n/s: the secret at /data/a is not the one that the plan was made with".into())
        );
    }
}
