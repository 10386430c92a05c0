//! Whether an object is still as the plan saw it.

use iriskit_state::plan::{Fingerprint, Observed, ResourceChange};
use serde_json::Value;

use super::{Moved, failure::Failure};
use iriskit_core::{
    diff::{Holder, all_holders, last_holder},
    plan::{fingerprint, moved, reference},
};
use iriskit_kubernetes::{
    schema::{Kind, ObjectRef, Path, table},
    views::Object,
};

/// The field under which an object moved that appeared, is gone or was made again.
const UID: &str = "metadata.uid";
/// The field under which a Secret moved that is only referred to.
const RESOURCE_VERSION: &str = "metadata.resourceVersion";

/// The fields at which a live object is not as `then` says. Empty when it did not move.
pub(super) fn moved_fields(object: &ObjectRef, then: &Fingerprint, live: Option<&Value>) -> Vec<Moved> {
    match table().kind(&object.api_version, &object.kind) {
        Some(kind) => {
            let now = fingerprint(kind, live, None, Some(then));
            explain(object, Some(kind), moved(then, &now), live)
        }
        None => moved_fields_of_reference(object, then, live),
    }
}

/// The same for an object that the plan only read.
pub(super) fn moved_fields_of_reference(object: &ObjectRef, then: &Fingerprint, live: Option<&Value>) -> Vec<Moved> {
    let now = reference(live, Some(then));
    explain(object, table().kind(&object.api_version, &object.kind), moved(then, &now), live)
}

fn explain(
    object: &ObjectRef,
    kind: Option<&Kind>,
    moved: Vec<(String, Option<Observed>, Option<Observed>)>,
    live: Option<&Value>,
) -> Vec<Moved> {
    let holders = live.filter(|_| !moved.is_empty()).map(all_holders).unwrap_or_default();
    moved
        .into_iter()
        .map(|(field, then, now)| {
            let live = live.filter(|_| now != Some(Observed::Absent));
            let (who, when) = live.map(|live| author(kind, &field, live, &holders)).unwrap_or_default();
            Moved { address: object.address(), field, then, now, who, when }
        })
        .collect()
}

/// Fails when the object of a change is not as the plan saw it.
pub(super) fn check_unmoved(change: &ResourceChange, object: &ObjectRef, live: Option<&Value>) -> Result<(), Failure> {
    let Some(then) = &change.fingerprint else { return Ok(()) };
    let moved = moved_fields(object, then, live);
    if moved.is_empty() { Ok(()) } else { Err(Failure::Moved(moved)) }
}

/// Who set a field of a live object, and when, as far as the server knows.
pub(super) fn author_of(object: &ObjectRef, field: &str, live: &Value) -> (Option<String>, Option<String>) {
    author(table().kind(&object.api_version, &object.kind), field, live, &all_holders(live))
}

/// Who set a field, and when, as far as the server knows. Of a field that is gone it keeps nothing.
fn author(kind: Option<&Kind>, field: &str, live: &Value, holders: &[Holder]) -> (Option<String>, Option<String>) {
    let told = |holder: &Holder| (Some(holder.manager.clone()), holder.time.clone());
    match field {
        UID => {
            // An entry's time is that of its last change. Only a single writer is certainly the one who made it, of all or
            // of that second.
            let made = Object::new(live).creation_timestamp();
            let at_once: Vec<&Holder> = holders.iter().filter(|holder| holder.time.as_deref() == made).collect();
            let maker = single(&at_once).or_else(|| single(&holders.iter().collect::<Vec<_>>()));
            (maker, made.map(str::to_owned))
        }
        RESOURCE_VERSION => {
            let when = holders.iter().filter_map(|holder| holder.time.as_deref()).max();
            let mut last: Vec<&str> =
                holders.iter().filter(|holder| holder.time.as_deref() == when).map(|holder| &*holder.manager).collect();
            // Times are whole seconds.
            last.dedup();
            ((!last.is_empty()).then(|| last.join(" or ")), when.map(str::to_owned))
        }
        field => {
            let path = kind.and_then(|kind| Path::parse_in(kind, field).ok());
            let Some(path) = path else { return Default::default() };
            // Who owns the field itself set it; who owns what it is in may only have made that.
            let own: Vec<Holder> = holders.iter().filter(|holder| holder.fields.contains(&path)).cloned().collect();
            last_holder(if own.is_empty() { holders } else { &own }, &path).map(told).unwrap_or_default()
        }
    }
}

/// The manager of all these, if they have one.
fn single(holders: &[&Holder]) -> Option<String> {
    let (first, others) = holders.split_first()?;
    others.iter().all(|holder| holder.manager == first.manager).then(|| first.manager.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config_map(value: &str, by: &str) -> Value {
        let entry = |manager: &str, operation: &str, fields: Value| {
            json!({"manager": manager, "operation": operation, "apiVersion": "v1", "time": "2026-11-22T10:00:00Z",
                "fieldsType": "FieldsV1", "fieldsV1": fields})
        };
        let mut entries = vec![entry("iriskit", "Apply", json!({"f:data": {"f:a": {}}}))];
        if by != "iriskit" {
            entries = vec![entry(by, "Update", json!({"f:data": {"f:a": {}}}))];
        }
        json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": value},
            "metadata": {"name": "c", "namespace": "n", "uid": "u", "managedFields": entries}})
    }

    #[test]
    fn what_moved_is_told_with_who_and_when() {
        let object = ObjectRef::namespaced("v1", "ConfigMap", "n", "c");
        let kind = table().kind("v1", "ConfigMap").unwrap();
        let then = fingerprint(kind, Some(&config_map("1", "iriskit")), None, None);
        assert_eq!(moved_fields(&object, &then, Some(&config_map("1", "iriskit"))), []);
        let moved = moved_fields(&object, &then, Some(&config_map("2", "kubectl-edit")));
        assert_eq!(
            moved,
            [Moved {
                address: "ConfigMap/n/c".into(),
                field: ".data.a".into(),
                then: Some(Observed::Value(json!("1"))),
                now: Some(Observed::Value(json!("2"))),
                who: Some("kubectl-edit".into()),
                when: Some("2026-11-22T10:00:00Z".into()),
            }]
        );
        let gone = moved_fields(&object, &then, None);
        assert_eq!((gone[0].field.as_str(), gone.len()), ("metadata.uid", 1));
    }
}
