//! Server-side apply.

use serde_json::{Value, json};

use super::{
    compare::{compare, same},
    decode,
    failure::Failure,
    managed::{self, Entry, Managed, Manager},
    merge::merge,
    ownership::{self, ownable},
    strip::strip,
    track,
};
use iriskit_kubernetes::schema::{self, FieldSet, Kind, TypeId};

/// One server-side apply.
#[derive(Debug, Clone, Copy)]
pub struct ApplyRequest<'a> {
    /// The kind of the URL.
    pub kind: &'a Kind,
    /// The object as it is stored, if it is there.
    pub live: Option<&'a Value>,
    /// The body as it was sent. Whether name and namespace fit the URL is judged in the result ([`super::address`]).
    pub body: &'a Value,
    /// `fieldManager` of the request.
    pub manager: &'a str,
    /// Whether fields are taken from others.
    pub force: bool,
    /// The time of the request, RFC 3339 in UTC with seconds.
    pub now: &'a str,
}

/// The object as it is after the apply, with `managedFields` and defaults. What the server allocates or resets is added
/// by [`super::finish_create`] and [`super::finish_update`].
///
/// # Errors
/// 400 for a body of another kind or with `managedFields`, 500 for one that does not fit the schema, 409 for conflicts.
/// A uid or resourceVersion in the body is checked by [`super::finish_update`].
pub fn apply(request: &ApplyRequest<'_>) -> Result<Value, Failure> {
    let ApplyRequest { kind, live, body, manager, force, now } = *request;
    decode::same_kind(kind, body)?;
    if body.pointer("/metadata/managedFields").is_some_and(|fields| !fields.is_null()) {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    decode::check_applied(kind, body)?;
    let applied = ownable(&schema::collect(kind.root, body), "");

    let mut before = live.cloned().unwrap_or_else(|| json!({}));
    let mut managed = Managed::of(&before)
        .ok_or_else(|| Failure::schema("failed to decode managed fields: operation must be `Apply` or `Update`"))?;
    managed::take(&mut before);
    if managed.entries.is_empty() && live.is_some() {
        managed = track::before_first_apply(kind, &before, now);
    }

    let own = Manager::applier(manager);
    let last = managed.entries.get(&own).cloned();
    let time = last.as_ref().and_then(|entry| entry.time.clone());
    let entry = Entry { fields: applied, api_version: kind.api_version.to_owned(), time };
    managed.entries.insert(own.clone(), entry);

    let merged = merge(kind.root, &before, body);
    let mut after = match &last {
        Some(last) if !last.fields.is_empty() => prune(kind.root, &merged, &managed, &last.fields),
        _ => merged,
    };
    let changes = compare(kind.root, live.map(|_| &before), Some(&after)).filtered(|fields| ownable(fields, ""));
    ownership::take(&mut managed, &changes, Some(&own), force).map_err(|conflicts| ownership::conflict(&conflicts))?;
    let uid = body.pointer("/metadata/uid").and_then(Value::as_str).filter(|uid| !uid.is_empty());
    if let Some(uid) = uid.filter(|_| live.is_none()) {
        return Err(Failure::no_object_of_uid(kind, decode::name(body), uid));
    }

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

/// Takes away what the manager applied last time and not this time, unless somebody else owns it.
fn prune(root: TypeId, merged: &Value, managed: &Managed, last: &FieldSet) -> Value {
    let named = |fields: &FieldSet| fields.with_named_fields(root);
    let places = |value: &Value| named(&schema::collect(root, value));
    let all = places(merged);

    let pruned = strip(root, merged, &named(last));
    // What anyone owns comes back, and what it stands in.
    let owned = managed.entries.values().fold(FieldSet::new(), |owned, entry| owned.union(&entry.fields));
    let pruned = strip(root, merged, &all.difference(&places(&pruned).union(&named(&owned))));
    // So does what nobody owned and was only taken along.
    strip(root, merged, &all.difference(&places(&pruned)).intersection(&named(last)))
}
