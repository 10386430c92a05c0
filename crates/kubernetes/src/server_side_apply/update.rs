//! Who owns what after a write that is no apply.

use serde_json::{Value, json};

use super::{
    compare::compare,
    managed_fields::{Entry, ManagedFields, Manager, take_managed_fields},
    ownership::{self, ownable},
};
use crate::schema::{self, FieldSet, Kind};

/// The new object with `managedFields` after a POST, PUT or patch by `manager` (`None` for `live`: the object is made).
///
/// The new object may bring `managedFields`: none of them, or none that can be read, keeps the live ones; `[]` and
/// `[{}]` wipe them, and from then on nothing is tracked until the next apply. Writes through `scale` get no time.
pub fn track_update(
    kind: &Kind,
    live: Option<&Value>,
    new: Value,
    manager: &str,
    subresource: Option<&str>,
    now: &str,
) -> Value {
    let subresource = subresource.unwrap_or_default();
    let mut new = new;
    let sent = take_managed_fields(&mut new);
    let mut owners = start(live, sent.as_ref().filter(|_| subresource.is_empty()));
    if owners.entries.is_empty() && live.is_some() {
        return new;
    }
    let mut before = live.cloned().unwrap_or_else(|| schema::empty(kind));
    take_managed_fields(&mut before);

    let changes = compare(kind.root, Some(&before), Some(&new)).filtered(|fields| ownable(fields, subresource));
    // A forced take never conflicts.
    let _ = ownership::take(&mut owners, &changes, None, true);
    let gained = ownable(&changes.changed(), subresource).without_unowned();
    if !gained.is_empty() {
        let own = Manager::updater(manager, kind.api_version, subresource);
        let had = owners.entries.get(&own).map(|entry| entry.fields.clone()).unwrap_or_default();
        let time = (subresource != "scale").then(|| now.to_owned());
        let entry = Entry { fields: had.union(&gained), api_version: kind.api_version.to_owned(), time };
        owners.entries.insert(own, entry);
    }
    owners.write(&mut new);
    new
}

/// The entries to start from: those that the request sends, or the live ones.
fn start(live: Option<&Value>, sent: Option<&Value>) -> ManagedFields {
    let stored = || live.and_then(ManagedFields::of).unwrap_or_default();
    let Some(list) = sent.and_then(Value::as_array) else { return stored() };
    if list.is_empty() || matches!(list.as_slice(), [Value::Object(one)] if one.is_empty()) {
        return ManagedFields::default();
    }
    match ManagedFields::of(&json!({"metadata": {"managedFields": list}})) {
        Some(managed) if !managed.entries.is_empty() => managed,
        _ => stored(),
    }
}

/// The entry for everything that is there when the first apply comes to an object without managedFields.
pub(super) fn before_first_apply(kind: &Kind, live: &Value, now: &str) -> ManagedFields {
    let mut managed = ManagedFields::default();
    let changes = compare(kind.root, Some(&schema::empty(kind)), Some(live));
    let fields: FieldSet = ownable(&changes.changed(), "").without_unowned();
    let own = Manager::updater("before-first-apply", kind.api_version, "");
    managed.entries.insert(own, Entry { fields, api_version: kind.api_version.to_owned(), time: Some(now.to_owned()) });
    managed.drop_empty();
    managed
}
