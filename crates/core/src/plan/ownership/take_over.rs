//! What an object becomes when iriskit takes fields over from others and applies its body: found locally, so that the
//! server can be asked about the result. (Two writes follow each other, and a dry-run sees only one.)

use std::collections::BTreeSet;

use iriskit_state::plan::{Step, TakenFields};
use serde_json::{Map, Value};

use crate::{
    diff::{Taking, moved_to_us},
    plan::changes::local_prediction::overlay,
};
use iriskit_kubernetes::schema::{Kind, ListKind, Path, PathElement, Type, table, type_at};

/// A take-over, and what it leads to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TakeOver {
    /// Whose fields.
    pub(crate) from: Vec<Taking>,
    /// The object afterwards, before the server puts in its defaults.
    pub(crate) object: Value,
    /// The merge patch from the live object to it.
    pub patch: Value,
}

impl TakeOver {
    /// Takes `from` and applies `body` to `live`.
    pub(crate) fn new(kind: &Kind, live: &Value, body: &Value, from: Vec<Taking>) -> Self {
        let mut taken = live.clone();
        if let Some(metadata) = taken.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("managedFields".to_owned(), moved_to_us(live, &from));
        }
        let mut object = overlay(kind, &taken, body);
        if let (Some(metadata), Some(owners)) =
            (object.get_mut("metadata").and_then(Value::as_object_mut), live.pointer("/metadata/managedFields"))
        {
            // The step that takes writes them.
            metadata.insert("managedFields".to_owned(), owners.clone());
        }
        let patch = merge_patch(live, &object);
        Self { from, object, patch }
    }

    /// The one of a plan's step, which applies `body` after it.
    pub(crate) fn of_step(kind: &Kind, live: &Value, body: &Value, from: &[TakenFields]) -> Self {
        Self::new(kind, live, body, from.iter().filter_map(Taking::planned).collect())
    }

    /// The fields that move, as the server writes them: single ones, and maps and structs around them.
    pub(crate) fn places(&self, kind: &Kind) -> (Vec<String>, BTreeSet<String>) {
        let all = self.from.iter().flat_map(|taking| taking.fields.leaves());
        // The "." of an item says nothing of the values in it.
        let all = all.filter(|path| !matches!(path.0.last(), Some(PathElement::Key(_))));
        let (maps, fields): (Vec<Path>, Vec<Path>) = all.partition(|path| is_container(kind, path));
        let text = |path: Path| path.to_string();
        (fields.into_iter().map(text).collect(), maps.into_iter().map(text).collect())
    }

    /// The step of the plan that moves the fields.
    pub(crate) fn step(&self, uid: &str) -> Step {
        let taken = |taking: &Taking| TakenFields {
            manager: taking.manager.clone(),
            operation: taking.operation.clone(),
            subresource: taking.subresource.clone(),
            fields: taking.fields.to_fields_v1(),
        };
        Step::TakeOver { uid: uid.to_owned(), from: self.from.iter().map(taken).collect() }
    }
}

/// Whether the place says only that something is there: a map, or a struct, and not an item of a list, which goes whole.
fn is_container(kind: &Kind, path: &Path) -> bool {
    if !matches!(path.0.last(), Some(PathElement::Field(_))) {
        return false;
    }
    match type_at(kind, path).map(|id| table().type_of(id)) {
        Some(Type::Struct { atomic, .. } | Type::Map { atomic, .. }) => !atomic,
        Some(Type::List { kind, .. }) => *kind != ListKind::Atomic,
        _ => false,
    }
}

/// The merge patch (RFC 7386) that makes `after` of `before`.
fn merge_patch(before: &Value, after: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (before, after) else { return after.clone() };
    let mut patch = Map::new();
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    for (name, value) in new {
        match old.get(name) {
            Some(found) if found == value => {}
            Some(found) if found.is_object() && value.is_object() => {
                patch.insert(name.clone(), merge_patch(found, value));
            }
            _ => {
                patch.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(patch)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use iriskit_kubernetes::schema::FieldSet;

    fn taking(fields: &Value) -> Taking {
        let fields = FieldSet::from_fields_v1(fields).unwrap();
        Taking { manager: "helm".into(), operation: "Update".into(), subresource: None, fields }
    }

    fn live(fields: &Value, spec: &Value) -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "labels": {"a": "1", "b": "2"}, "managedFields": [
            {"manager": "helm", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields}]},
            "spec": spec})
    }

    #[test]
    fn what_was_theirs_and_is_not_wanted_goes() {
        let kind = table().kind("v1", "Service").unwrap();
        let port = |port: u16, name: &str| json!({"port": port, "name": name, "protocol": "TCP"});
        let fields = json!({"f:metadata": {"f:labels": {".": {}, "f:a": {}, "f:b": {}}},
            "f:spec": {"f:type": {}, "f:ports": {".": {},
                "k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:name": {}, "f:protocol": {}},
                "k:{\"port\":81,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:name": {}, "f:protocol": {}}}}});
        let live = live(&fields, &json!({"type": "NodePort", "ports": [port(80, "x"), port(81, "y")]}));
        let body = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "labels": {"a": "1"}},
            "spec": {"ports": [{"port": 82, "name": "z"}, {"port": 81, "name": "y"}]}});
        let take = TakeOver::new(kind, &live, &body, vec![taking(&fields)]);
        assert_eq!(take.object["metadata"]["labels"], json!({"a": "1"}));
        assert_eq!(
            take.object["spec"],
            json!({"ports": [{"port": 82, "name": "z"}, {"port": 81, "name": "y", "protocol": "TCP"}]})
        );
        assert_eq!(take.patch["spec"]["type"], Value::Null);
        assert_eq!(take.patch["metadata"], json!({"labels": {"b": null}}));
    }

    #[test]
    fn one_item_of_theirs_goes_and_the_others_keep_their_place() {
        let kind = table().kind("v1", "Service").unwrap();
        let item = json!({".": {}, "f:port": {}, "f:name": {}});
        let fields = json!({"f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": item, "k:{\"port\":81,\"protocol\":\"TCP\"}": item}}});
        let live = live(
            &fields,
            &json!({"ports": [{"port": 80, "name": "x"}, {"port": 1, "name": "ours"}, {"port": 81, "name": "y"}]}),
        );
        let body = json!({"spec": {"ports": [{"port": 1, "name": "ours"}]}});
        let one = json!({"f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": item}}});
        let take = TakeOver::new(kind, &live, &body, vec![taking(&one)]);
        assert_eq!(take.object["spec"]["ports"], json!([{"port": 1, "name": "ours"}, {"port": 81, "name": "y"}]));
    }
}
