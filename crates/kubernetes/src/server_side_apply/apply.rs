//! The apply itself.

use serde_json::{Value, json};

use super::{
    compare::{compare, same},
    managed_fields::{Entry, ManagedFields, Manager, take_managed_fields},
    merge::merge,
    ownership::{self, Conflict, ownable},
    strip::strip,
    update::before_first_apply,
};
use crate::schema::{self, FieldSet, Kind, TypeId};

/// One server-side apply.
#[derive(Debug, Clone, Copy)]
pub struct Apply<'a> {
    /// The kind of the object.
    pub kind: &'a Kind,
    /// The object as it is stored, if it is there.
    pub live: Option<&'a Value>,
    /// The configuration that is applied. It fits the schema and has no `managedFields`.
    pub body: &'a Value,
    /// The field manager.
    pub manager: &'a str,
    /// Whether fields are taken from others.
    pub force: bool,
    /// The time of the request, RFC 3339 in UTC with seconds.
    pub now: &'a str,
}

/// Why nothing is applied.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ApplyError {
    /// `managedFields` of the live object can't be read.
    #[error("managedFields of the live object can't be read")]
    UnreadableManagedFields,
    /// Other managers own fields that the apply changes.
    #[error("other managers own fields that the apply changes")]
    Conflicts(Vec<Conflict>),
}

/// The object as it is after the apply, with `managedFields` and defaults. What a server allocates, keeps or resets is not
/// added.
///
/// # Errors
/// Unreadable `managedFields`, and without `force` every conflict.
pub fn apply(request: &Apply<'_>) -> Result<Value, ApplyError> {
    let Apply { kind, live, body, manager, force, now } = *request;
    let mut before = live.cloned().unwrap_or_else(|| json!({}));
    let mut managed = ManagedFields::of(&before).ok_or(ApplyError::UnreadableManagedFields)?;
    take_managed_fields(&mut before);
    if managed.entries.is_empty() && live.is_some() {
        managed = before_first_apply(kind, &before, now);
    }

    let own = Manager::applier(manager);
    let mut after = merge_and_prune(kind, &before, body, &mut managed, &own);
    let changes = compare(kind.root, live.map(|_| &before), Some(&after)).filtered(|fields| ownable(fields, ""));
    ownership::take(&mut managed, &changes, Some(&own), force).map_err(ApplyError::Conflicts)?;

    let same_value = same(&before, &after);
    if let Some(entry) = managed.entries.get_mut(&own) {
        entry.fields = entry.fields.without_unowned();
        if !same_value {
            entry.time = Some(now.to_owned());
        }
    }
    if same_value {
        after = before;
    } else {
        schema::default(kind, &mut after);
    }
    managed.drop_empty();
    managed.write(&mut after);
    Ok(after)
}

/// Lays the body over the object, takes away what the manager gives up, and notes in `managed` what it applies now.
pub(super) fn merge_and_prune(
    kind: &Kind,
    before: &Value,
    body: &Value,
    managed: &mut ManagedFields,
    own: &Manager,
) -> Value {
    let fields = ownable(&schema::collect(kind.root, body), "");
    let last = managed.entries.get(own).cloned();
    let time = last.as_ref().and_then(|entry| entry.time.clone());
    managed.entries.insert(own.clone(), Entry { fields, api_version: kind.api_version.to_owned(), time });
    let merged = merge(kind.root, before, body);
    match &last {
        Some(last) if !last.fields.is_empty() => prune(kind.root, &merged, managed, &last.fields),
        _ => merged,
    }
}

/// Takes away what the manager applied last time and not this time, unless another manager owns it.
fn prune(root: TypeId, merged: &Value, managed: &ManagedFields, last: &FieldSet) -> Value {
    let named = |fields: &FieldSet| fields.with_named_fields(root);
    let places = |value: &Value| named(&schema::collect(root, value));
    let all = places(merged);

    let pruned = strip(root, merged, &named(last));
    // What anyone owns comes back, and what it stands in.
    let owned = managed.entries.values().fold(FieldSet::new(), |owned, entry| owned.union(&entry.fields));
    let pruned = strip(root, merged, &all.difference(&places(&pruned).union(&named(&owned))));
    // So does what had no owner and was only taken along.
    strip(root, merged, &all.difference(&places(&pruned)).intersection(&named(last)))
}
