//! Moving fields from other managers to iriskit: what they alone hold can only be removed by its owner.

use iriskit_state::plan::TakenFields;
use serde_json::{Map, Value, json};

use super::ownership::{FIELD_MANAGER, is_ours};
use iriskit_kubernetes::{schema::FieldSet, views::Object};

/// Fields of one entry of managedFields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taking {
    /// The field manager; empty where nobody owns them, as of defaults that the server filled in.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// Written through this subresource.
    pub subresource: Option<String>,
    /// The fields that move.
    pub fields: FieldSet,
}

impl Taking {
    /// That of a plan's step; nothing where its fields can't be read.
    pub fn planned(taken: &TakenFields) -> Option<Self> {
        Some(Self {
            manager: taken.manager.clone(),
            operation: taken.operation.clone(),
            subresource: taken.subresource.clone(),
            fields: FieldSet::from_fields_v1(&taken.fields).ok()?,
        })
    }

    fn is_of(&self, entry: &Value) -> bool {
        let text = |member: &str| entry.get(member).and_then(Value::as_str);
        text("manager") == Some(&self.manager)
            && text("operation") == Some(&self.operation)
            && text("subresource") == self.subresource.as_deref()
    }
}

/// The managedFields of an object after the fields moved to iriskit. What the entries do not hold (any more) is not
/// claimed; entries that keep nothing disappear.
pub fn moved_to_us(live: &Value, taking: &[Taking]) -> Value {
    let mut ours = FieldSet::new();
    let mut own = Map::new();
    let mut left = Vec::new();
    for entry in Object::new(live).managed_fields() {
        let fields = entry.get("fieldsV1").and_then(|fields| FieldSet::from_fields_v1(fields).ok()).unwrap_or_default();
        if is_ours(entry) {
            ours = ours.union(&fields);
            own = entry.as_object().cloned().unwrap_or_default();
            continue;
        }
        let wanted = taking.iter().filter(|taking| taking.is_of(entry));
        let wanted = wanted.fold(FieldSet::new(), |all, taking| all.union(&taking.fields));
        let taken = fields.intersection(&wanted);
        if taken.is_empty() {
            left.push(entry.clone());
            continue;
        }
        ours = ours.union(&taken);
        for member in ["apiVersion", "time"] {
            if let (None, Some(value)) = (own.get(member), entry.get(member)) {
                own.insert(member.to_owned(), value.clone());
            }
        }
        let kept = fields.difference(&taken);
        if !kept.is_empty() {
            let mut entry = entry.clone();
            if let Some(members) = entry.as_object_mut() {
                members.insert("fieldsV1".to_owned(), kept.to_fields_v1());
            }
            left.push(entry);
        }
    }
    let of_nobody = taking.iter().filter(|taking| taking.manager.is_empty());
    ours = of_nobody.fold(ours, |all, taking| all.union(&taking.fields));
    if !ours.is_empty() {
        for (member, value) in [("manager", FIELD_MANAGER), ("operation", "Apply"), ("fieldsType", "FieldsV1")] {
            own.insert(member.to_owned(), Value::from(value));
        }
        own.insert("fieldsV1".to_owned(), ours.to_fields_v1());
        left.insert(0, Value::Object(own));
    }
    json!(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(manager: &str, operation: &str, fields: &Value) -> Value {
        json!({"manager": manager, "operation": operation, "apiVersion": "v1", "time": "2026-01-01T00:00:00Z",
            "fieldsType": "FieldsV1", "fieldsV1": fields})
    }

    fn taking(manager: &str, fields: &Value) -> Taking {
        let fields = FieldSet::from_fields_v1(fields).unwrap();
        Taking { manager: manager.into(), operation: "Update".into(), subresource: None, fields }
    }

    #[test]
    fn fields_move_and_the_rest_stays() {
        let live = json!({"metadata": {"managedFields": [
            entry("helm", "Update", &json!({"f:data": {".": {}, "f:a": {}, "f:b": {}}})),
            entry("other", "Update", &json!({"f:data": {"f:c": {}}})),
        ]}});
        let moved = moved_to_us(&live, &[taking("helm", &json!({"f:data": {"f:a": {}, "f:gone": {}}}))]);
        assert_eq!(
            moved,
            json!([
                entry("iriskit", "Apply", &json!({"f:data": {"f:a": {}}})),
                entry("helm", "Update", &json!({"f:data": {".": {}, "f:b": {}}})),
                entry("other", "Update", &json!({"f:data": {"f:c": {}}})),
            ])
        );
    }

    #[test]
    fn an_entry_that_keeps_nothing_disappears_and_ours_grows() {
        let live = json!({"metadata": {"managedFields": [
            entry("iriskit", "Apply", &json!({"f:data": {"f:x": {}}})),
            entry("helm", "Update", &json!({"f:data": {"f:a": {}}})),
        ]}});
        let all = [taking("helm", &json!({"f:data": {"f:a": {}}}))];
        assert_eq!(
            moved_to_us(&live, &all),
            json!([entry("iriskit", "Apply", &json!({"f:data": {"f:a": {}, "f:x": {}}}))])
        );
    }
}
