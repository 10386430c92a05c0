//! `metadata.managedFields`: which manager owns which places.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::schema::FieldSet;

/// How a manager wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Operation {
    /// Server-side apply.
    Apply,
    /// Anything else.
    Update,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

/// Who writes: what makes two entries one. An applier's apiVersion is not part of it. As text it is what conflicts name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Manager {
    name: String,
    operation: Operation,
    api_version: Option<String>,
    subresource: String,
}

impl Manager {
    pub(super) fn applier(name: &str) -> Self {
        Self { name: name.to_owned(), operation: Operation::Apply, api_version: None, subresource: String::new() }
    }

    pub(super) fn updater(name: &str, api_version: &str, subresource: &str) -> Self {
        Self {
            name: name.to_owned(),
            operation: Operation::Update,
            api_version: Some(api_version.to_owned()),
            subresource: subresource.to_owned(),
        }
    }
}

impl std::fmt::Display for Manager {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:?}", self.name)?;
        if !self.subresource.is_empty() {
            write!(out, " with subresource {:?}", self.subresource)?;
        }
        match &self.api_version {
            Some(api_version) => write!(out, " using {api_version}"),
            None => Ok(()),
        }
    }
}

/// What a manager owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) fields: FieldSet,
    pub(super) api_version: String,
    pub(super) time: Option<String>,
}

/// All entries of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ManagedFields {
    pub(super) entries: BTreeMap<Manager, Entry>,
}

impl ManagedFields {
    /// Reads the entries of an object; `None` when one of them can't be read.
    pub(super) fn of(object: &Value) -> Option<Self> {
        let mut managed = Self::default();
        let list = object.pointer("/metadata/managedFields").and_then(Value::as_array);
        for entry in list.into_iter().flatten() {
            let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
            let api_version = text("apiVersion").to_owned();
            let (operation, version) = match text("operation") {
                "Apply" => (Operation::Apply, None),
                "Update" => (Operation::Update, Some(api_version.clone())),
                _ => return None,
            };
            if api_version.is_empty() || text("fieldsType") != "FieldsV1" {
                return None;
            }
            let fields = match entry.get("fieldsV1") {
                Some(fields) => FieldSet::from_fields_v1(fields).ok()?,
                None => FieldSet::new(),
            };
            let who = Manager {
                name: text("manager").to_owned(),
                operation,
                api_version: version,
                subresource: text("subresource").to_owned(),
            };
            let time = entry.get("time").and_then(Value::as_str).map(str::to_owned);
            managed.entries.insert(who, Entry { fields, api_version, time });
        }
        Some(managed)
    }

    /// Writes the entries into an object in the server's order: appliers first, those without a time before the others,
    /// then by time and name. Without entries the object gets no `managedFields`.
    pub(super) fn write(&self, object: &mut Value) {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by(|(manager, entry), (other, with)| {
            manager
                .operation
                .cmp(&other.operation)
                .then_with(|| entry.time.cmp(&with.time))
                .then_with(|| manager.cmp(other))
        });
        let list: Vec<Value> = entries.into_iter().map(|(manager, entry)| encode(manager, entry)).collect();
        let Some(object) = object.as_object_mut() else { return };
        let metadata = object.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(metadata) = metadata {
            if list.is_empty() {
                metadata.remove("managedFields");
            } else {
                metadata.insert("managedFields".to_owned(), Value::Array(list));
            }
        }
    }

    /// Drops entries that own nothing.
    pub(super) fn drop_empty(&mut self) {
        self.entries.retain(|_, entry| !entry.fields.is_empty());
    }
}

fn encode(manager: &Manager, entry: &Entry) -> Value {
    let mut value = json!({
        "manager": manager.name,
        "operation": manager.operation.name(),
        "apiVersion": entry.api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": entry.fields.to_fields_v1(),
    });
    if let Value::Object(map) = &mut value {
        if let Some(time) = &entry.time {
            map.insert("time".to_owned(), Value::from(time.as_str()));
        }
        if !manager.subresource.is_empty() {
            map.insert("subresource".to_owned(), Value::from(manager.subresource.as_str()));
        }
    }
    value
}

/// Takes `managedFields` out of an object.
pub fn take_managed_fields(object: &mut Value) -> Option<Value> {
    object.get_mut("metadata")?.as_object_mut()?.remove("managedFields")
}
