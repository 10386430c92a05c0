//! The annotation `iriskit/applied`: what we wrote, leaf by leaf, as short hashes.

use std::collections::BTreeMap;

use iriskit_state::sha256_hex;
use serde_json::Value;

use super::secrets::hollow;
use iriskit_kubernetes::{
    schema::{Kind, Path, canonical_value, get, leaves},
    views::Object,
};

/// Name of the annotation.
pub const ANNOTATION: &str = "iriskit/applied";

/// Digits of each hash: enough to tell one value from another by accident, too few to be worth guessing from.
const DIGITS: usize = 12;

/// Hashes of what was applied, by path (`.spec.replicas`). Secret values are left out before hashing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    hashes: BTreeMap<String, String>,
}

impl Applied {
    /// The hashes of a body, without its identity and the annotation itself.
    pub fn of(kind: &Kind, body: &Value) -> Self {
        let body = hollow(body);
        let hashes = leaves(kind, &body)
            .into_iter()
            .map(|(path, value)| (path.to_string(), value))
            .filter(|(path, _)| !is_identity(path) && !path.contains(ANNOTATION))
            .map(|(path, value)| (path, hash(value)))
            .collect();
        Self { hashes }
    }

    /// Reads the annotation of a live object; `None` when it has none that can be read.
    pub fn read(live: &Value) -> Option<Self> {
        let text = Object::new(live).annotation(ANNOTATION)?;
        Some(Self { hashes: serde_json::from_str(text).ok()? })
    }

    /// Keeps the hash of what was applied before at `path`, though it is not applied now.
    pub(crate) fn keep(&mut self, path: &Path, hash: &str) {
        self.hashes.insert(path.to_string(), hash.to_owned());
    }

    /// The annotation's text.
    pub fn to_text(&self) -> String {
        let members = self.hashes.iter().map(|(path, hash)| (path.clone(), Value::from(hash.as_str())));
        Value::Object(members.collect()).to_string()
    }

    /// The hash of what was applied at `path`.
    pub fn get(&self, path: &Path) -> Option<&str> {
        self.hashes.get(&path.to_string()).map(String::as_str)
    }

    /// The paths, as the server writes them.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.hashes.keys().map(String::as_str)
    }

    /// Whether the value at `path`, one around it or one inside it was applied. An empty map that was applied says nothing of
    /// entries.
    pub(crate) fn speaks_of(&self, path: &Path) -> bool {
        let text = path.to_string();
        let is_empty = |found: &str| found == hash(&Value::Object(serde_json::Map::new()));
        let around = |known: &str, found: &str| within(&text, known) && (text == known || !is_empty(found));
        self.hashes.iter().any(|(known, found)| within(known, &text) || around(known, found))
    }

    /// Whether something at `path`, around it or inside it was applied.
    pub(crate) fn touches(&self, path: &Path) -> bool {
        let text = path.to_string();
        self.hashes.keys().any(|known| within(known, &text) || within(&text, known))
    }
}

fn within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn is_identity(path: &str) -> bool {
    matches!(path, ".apiVersion" | ".kind" | ".metadata.name" | ".metadata.namespace")
}

/// The hash of one value.
pub(crate) fn hash(value: &Value) -> String {
    let mut digest = sha256_hex(value.to_string().as_bytes());
    digest.truncate(DIGITS);
    digest
}

/// The hash of a live object's value at a path, in the server's spelling.
pub(crate) fn hash_at(kind: &Kind, hollow_live: &Value, path: &Path) -> Option<String> {
    let value = get(kind, hollow_live, path)?;
    let mut value = value.clone();
    if let Some(id) = super::compare::type_at(kind, path) {
        canonical_value(id, &mut value);
    }
    Some(hash(&value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use iriskit_kubernetes::schema::table;

    #[test]
    fn an_annotation_survives_writing_and_reading() {
        let kind = table().kind("v1", "ConfigMap").unwrap();
        let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n", "labels": {"a": "b"}},
            "data": {"data.cpf": "[Startup]\nPasswordHash=x"}});
        let applied = Applied::of(kind, &body);
        assert_eq!(applied.paths().collect::<Vec<_>>(), [".data.data.cpf", ".metadata.labels.a"]);
        let live = json!({"metadata": {"annotations": {ANNOTATION: applied.to_text()}}});
        assert_eq!(Applied::read(&live), Some(applied));
    }

    #[test]
    fn secrets_do_not_reach_a_hash() {
        let kind = table().kind("v1", "Secret").unwrap();
        let body = |value: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"p": value}});
        assert_eq!(Applied::of(kind, &body("YQ==")), Applied::of(kind, &body("Yg==")));
    }
}
