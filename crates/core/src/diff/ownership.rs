//! Who owns which field, from `metadata.managedFields`.

use serde_json::Value;

use iriskit_kubernetes::{
    schema::{FieldSet, Path},
    views::Object,
};

/// The field manager of everything iriskit writes: a public contract.
pub const FIELD_MANAGER: &str = "iriskit";

/// A manager that owns fields of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Holder {
    /// The field manager.
    pub manager: String,
    /// When it last changed something, RFC 3339, where recorded.
    pub time: Option<String>,
    /// `Apply` or `Update`.
    pub operation: String,
    /// Written through this subresource.
    pub subresource: Option<String>,
    /// What it owns.
    pub fields: FieldSet,
}

/// What iriskit owns by server-side apply; `None` when it owns nothing.
pub(crate) fn our_fields(live: &Value) -> Option<&Value> {
    Object::new(live).managed_fields().iter().find(|entry| is_ours(entry)).and_then(|entry| entry.get("fieldsV1"))
}

/// Whether any manager but iriskit owns a field outside of status.
pub(crate) fn has_other_holders(live: &Value) -> bool {
    Object::new(live)
        .managed_fields()
        .iter()
        .any(|entry| !is_ours(entry) && text(entry, "subresource") != Some("status"))
}

/// Everybody but iriskit, status writers left out.
pub(crate) fn other_holders(live: &Value) -> Vec<Holder> {
    Object::new(live).managed_fields().iter().filter(|entry| !is_ours(entry)).filter_map(holder).collect()
}

/// Everybody, iriskit included, status writers left out.
pub fn all_holders(live: &Value) -> Vec<Holder> {
    Object::new(live).managed_fields().iter().filter_map(holder).collect()
}

fn holder(entry: &Value) -> Option<Holder> {
    if text(entry, "subresource") == Some("status") {
        return None;
    }
    Some(Holder {
        manager: text(entry, "manager")?.to_owned(),
        time: text(entry, "time").map(str::to_owned),
        operation: text(entry, "operation").unwrap_or_default().to_owned(),
        subresource: text(entry, "subresource").map(str::to_owned),
        fields: FieldSet::from_fields_v1(entry.get("fieldsV1")?).ok()?,
    })
}

/// The holder of `path` that changed it last; an entry without time counts as oldest, and one that only holds what is
/// around the place or inside it counts for nothing beside one that holds the place itself.
pub fn last_holder<'a>(holders: &'a [Holder], path: &Path) -> Option<&'a Holder> {
    holders.iter().filter(|holder| holder.fields.touches(path)).max_by(|a, b| {
        let itself = |holder: &Holder| holder.fields.contains(path);
        itself(a).cmp(&itself(b)).then_with(|| a.time.cmp(&b.time))
    })
}

pub(super) fn is_ours(entry: &Value) -> bool {
    text(entry, "manager") == Some(FIELD_MANAGER)
        && text(entry, "operation") == Some("Apply")
        && entry.get("subresource").is_none()
}

fn text<'a>(entry: &'a Value, member: &str) -> Option<&'a str> {
    entry.get(member).and_then(Value::as_str)
}
