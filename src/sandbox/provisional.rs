//! Object semantics until the room's own are there.

use serde_json::{Value, json};

use super::fields;
use crate::schema::Kind;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    pub(crate) code: u16,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) details: Option<Value>,
}

impl Failure {
    pub(crate) fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { code, reason: reason.to_owned(), message: message.into(), details: None }
    }
    pub(crate) fn to_status(&self) -> Value {
        let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message, "code": self.code});
        if !self.reason.is_empty() {
            fields::set(&mut status, &["reason"], Some(Value::from(self.reason.clone())));
        }
        if let Some(details) = &self.details {
            fields::set(&mut status, &["details"], Some(details.clone()));
        }
        status
    }
}

pub(crate) struct ApplyRequest<'a> {
    pub(crate) kind: &'a Kind,
    pub(crate) live: Option<&'a Value>,
    pub(crate) body: &'a Value,
    pub(crate) manager: &'a str,
    #[expect(dead_code, reason = "conflicts are not found yet")]
    pub(crate) force: bool,
    pub(crate) now: &'a str,
}

#[expect(clippy::unnecessary_wraps, reason = "conflicts are refused")]
pub(crate) fn apply(request: &ApplyRequest<'_>) -> Result<Value, Failure> {
    let mut merged = request.live.cloned().unwrap_or_else(|| json!({}));
    merge(&mut merged, request.body);
    let mut managed = fields::items(&merged, "/metadata/managedFields").to_vec();
    if !managed.iter().any(|entry| entry.get("manager") == Some(&Value::from(request.manager))) {
        managed.push(json!({"manager": request.manager, "operation": "Apply", "apiVersion": request.kind.api_version, "time": request.now, "fieldsType": "FieldsV1", "fieldsV1": {}}));
    }
    fields::set(&mut merged, &["metadata", "managedFields"], Some(Value::Array(managed)));
    Ok(merged)
}

fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key.as_str()).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

pub(crate) fn merge_patch(live: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut merged = live.as_object().cloned().unwrap_or_default();
    for (key, value) in patch {
        if value.is_null() {
            merged.remove(key);
        } else {
            let old = merged.get(key).cloned().unwrap_or(Value::Null);
            merged.insert(key.clone(), merge_patch(&old, value));
        }
    }
    Value::Object(merged)
}

pub(crate) fn track_update(
    _kind: &Kind,
    _live: Option<&Value>,
    new: Value,
    _manager: &str,
    _subresource: &str,
    _now: &str,
) -> Value {
    new
}

pub(crate) fn json_patch(_live: &Value, _patch: &Value) -> Result<Value, Failure> {
    Err(Failure::new(415, "UnsupportedMediaType", "JSON patch"))
}

pub(crate) fn finish_create(kind: &Kind, value: &mut Value) {
    normalise(kind, value);
    match kind.kind {
        "StatefulSet" => fields::set(value, &["status"], Some(json!({"replicas": 0, "availableReplicas": 0}))),
        "PersistentVolumeClaim" => {
            fields::set(value, &["metadata", "finalizers"], Some(json!(["kubernetes.io/pvc-protection"])));
            fields::set(value, &["status"], Some(json!({"phase": "Pending"})));
        }
        _ => {}
    }
}

pub(crate) fn normalise(kind: &Kind, value: &mut Value) {
    crate::schema::default(kind, value);
}
