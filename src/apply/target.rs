//! From entries of a plan to objects.

use iriskit_state::plan::{Reference, ResourceChange, Step, Verb};
use serde_json::Value;

use super::Action;
use iriskit_kubernetes::schema::ObjectRef;

/// The object of a change.
pub(super) fn object_of(change: &ResourceChange) -> ObjectRef {
    ObjectRef {
        namespace: change.namespace.clone(),
        kind: change.kind.clone(),
        api_version: change.api_version.clone(),
        name: change.name.clone(),
    }
}

/// The object of a reference; `None` when its address is none.
pub(super) fn object_of_reference(reference: &Reference) -> Option<ObjectRef> {
    object_at(&reference.api_version, &reference.address)
}

/// The object at an address, `KIND/NAMESPACE/NAME` or `KIND/NAME`.
pub(super) fn object_at(api_version: &str, address: &str) -> Option<ObjectRef> {
    let mut parts = address.split('/');
    let (kind, second, third) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    Some(match third {
        Some(name) => ObjectRef::namespaced(api_version, kind, second, name),
        None => ObjectRef::cluster_scoped(api_version, kind, second),
    })
}

/// Whether the object is gone afterwards.
pub(super) fn is_deletion(change: &ResourceChange) -> bool {
    change.change.actions == [Verb::Delete]
}

/// What a step does, for events.
pub(super) fn action_of(step: &Step) -> Action {
    match step {
        Step::Create { .. } => Action::Create,
        Step::Update { .. } => Action::Update,
        Step::TakeOver { .. } => Action::TakeOver,
        Step::Delete { .. } => Action::Delete,
        Step::WaitReady => Action::WaitReady,
        Step::WaitMirror { .. } => Action::WaitMirror,
        Step::RollByRole { .. } => Action::Roll,
        Step::DeletePodsByRole { .. } => Action::DeletePods,
        Step::GrowClaim { .. } => Action::Grow,
        Step::AdoptPods { .. } => Action::Adopt,
        Step::ReplacePods { .. } => Action::ReplacePods,
    }
}

/// Text at a JSON pointer.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer).and_then(Value::as_str)
}

/// Whole number at a JSON pointer.
pub(super) fn number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Value::as_i64)
}

/// `metadata.uid`.
pub(super) fn uid(object: &Value) -> Option<&str> {
    text(object, "/metadata/uid")
}

/// `metadata.name`, or nothing.
pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name").unwrap_or_default()
}

/// Whether deletion has begun.
pub(super) fn is_terminating(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some_and(|at| !at.is_null())
}

/// Items of an array at a JSON pointer.
pub(super) fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// uid of the object that controls this one.
pub(super) fn controller(object: &Value) -> Option<&str> {
    let owners = items(object, "/metadata/ownerReferences");
    let controller = owners.iter().find(|owner| owner.get("controller") == Some(&Value::Bool(true)))?;
    controller.get("uid")?.as_str()
}

/// Status of a condition.
pub(super) fn condition<'a>(object: &'a Value, condition: &str) -> Option<&'a Value> {
    items(object, "/status/conditions").iter().find(|found| found.get("type") == Some(&Value::from(condition)))
}

/// Whether a condition is `True`.
pub(super) fn is_true(object: &Value, name: &str) -> bool {
    condition(object, name).and_then(|condition| text(condition, "/status")) == Some("True")
}

/// Whether a pod serves: condition Ready, and not on its way out.
pub(super) fn is_ready_pod(pod: &Value) -> bool {
    !is_terminating(pod) && is_true(pod, "Ready")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_references_are_read() {
        let read = |address: &str| {
            object_of_reference(&Reference { address: address.into(), api_version: "v1".into(), fingerprint: None })
        };
        assert_eq!(read("Secret/n/s"), Some(ObjectRef::namespaced("v1", "Secret", "n", "s")));
        assert_eq!(read("Namespace/n"), Some(ObjectRef::cluster_scoped("v1", "Namespace", "n")));
        assert_eq!(read("Secret"), None);
        assert_eq!(read("Secret/a/b/c"), None);
    }
}
