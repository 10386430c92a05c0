//! Objects that others made become iriskit's: which ones may, and whose fields move.

use iriskit_state::plan::{Note, NoteId, Severity, Treatment};
use serde_json::Value;

use crate::{
    diff::{Holder, Taking, has_other_holders, other_holders},
    expand::Desired,
    plan::{
        changes::{finding::Finding, needed_replacement::replacement},
        live::Live,
        notes,
        ownership::{
            contests::{Contest, is_somebody},
            policy::Policy,
        },
    },
};
use iriskit_kubernetes::{
    names::{IRIS_API_VERSION, IRIS_CLUSTER, IRIS_NAME},
    schema::{FieldSet, Kind, ObjectRef, Path, PathElement, leaves},
    views::{Object, OwnerReference},
};

/// Tools that write a whole object at a time.
const MAKERS: [&str; 7] = [
    "kubectl-client-side-apply",
    "kubectl-last-applied",
    "kubectl-create",
    "kubectl-replace",
    "before-first-apply",
    "helm",
    "Helm",
];

/// People who change single fields: their work is left alone.
const HANDS: [&str; 7] =
    ["kubectl", "kubectl-edit", "kubectl-patch", "kubectl-set", "kubectl-label", "kubectl-annotate", "kubectl-rollout"];

/// What is to be done with an object that is not ours, when adopting was asked for.
pub(crate) fn adoption_finding(kind: &Kind, desired: &Desired, body: &Value, found: &Value, live: &Live) -> Finding {
    let refuse = |reason: String| Finding::CannotAdopt { reason };
    if Object::new(found).is_terminating() {
        return Finding::Terminating;
    }
    if let Some(owner) = Object::new(found).owners().find(|owner| !is_iris_cluster(*owner)) {
        return refuse(format!("it belongs to {} {}, which would go on changing it", owner.kind(), owner.name()));
    }
    if desired.holds_data {
        let cluster = Object::new(body).label(IRIS_NAME);
        let namespace = desired.object.namespace.as_deref().unwrap_or_default();
        let object = cluster.map(|name| ObjectRef::namespaced(IRIS_API_VERSION, IRIS_CLUSTER, namespace, name));
        // One that is there is the plan's own error, and the way out of it leads here.
        if !object.is_some_and(|object| live.missing.contains(&object) || live.get(&object).is_some()) {
            return refuse("whether the operator has an IrisCluster of that name could not be read".to_owned());
        }
    }
    if let Some(replacement) = replacement(kind, body, found) {
        return refuse(format!("{} can't be changed on a live object", replacement.paths.join(", ")));
    }
    Finding::Adopt { holder: written_by(found) }
}

/// Who wrote an object, but for built-in controllers.
fn written_by(found: &Value) -> String {
    let mut names: Vec<String> =
        other_holders(found).into_iter().filter(is_somebody).map(|holder| holder.manager).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { "somebody else".to_owned() } else { names.join(", ") }
}

/// The operator's references to its resource go when the object is taken over; until then they are a danger.
pub(crate) fn owner_reference_notes(object: &ObjectRef, found: &Value) -> Vec<Note> {
    let note = |owner: OwnerReference<'_>| {
        let message = format!(
            "its ownerReference to IrisCluster {} is removed; until then Kubernetes deletes it when that IrisCluster goes",
            owner.name()
        );
        notes::on(Severity::Warning, NoteId::OwnerReference, object, message)
    };
    Object::new(found).owners().filter(|owner| is_iris_cluster(*owner)).map(note).collect()
}

fn is_iris_cluster(owner: OwnerReference<'_>) -> bool {
    owner.kind() == IRIS_CLUSTER && owner.api_version().starts_with("intersystems.com/")
}

/// The fields that move to iriskit when whoever made the object hands it over: all that its makers hold, but finalizers,
/// which belong to those who wait for them.
pub(crate) fn takings_from_makers(kind: &Kind, found: &Value, contests: &[Contest]) -> Vec<Taking> {
    let makers = other_holders(found).into_iter().filter(|holder| is_maker(kind, holder));
    makers.filter_map(|holder| taking(&holder, |path| !is_finalizer(path) && !is_left(path, contests))).collect()
}

/// The fields that the user takes by name and that the manifest does not have: they go.
pub(crate) fn takings_by_name(
    kind: &Kind,
    object: &ObjectRef,
    found: &Value,
    body: &Value,
    policy: &Policy,
) -> Vec<Taking> {
    if !policy.takes_by_name() || !has_other_holders(found) {
        return Vec::new();
    }
    let wanted: FieldSet = leaves(kind, body).into_iter().map(|(path, _)| path).collect();
    let named = |path: &Path| {
        policy.rule(object, path) == Some(Treatment::Take) && !wanted.touches(path) && !is_finalizer(path)
    };
    other_holders(found).iter().filter_map(|holder| taking(holder, named)).collect()
}

fn taking(holder: &Holder, wanted: impl Fn(&Path) -> bool) -> Option<Taking> {
    let fields: FieldSet = holder.fields.leaves().filter(wanted).collect();
    (!fields.is_empty()).then(|| Taking {
        manager: holder.manager.clone(),
        operation: holder.operation.clone(),
        subresource: holder.subresource.clone(),
        fields,
    })
}

/// Whether the entry is that of a tool which made the object, by name or because it holds what only a maker writes.
fn is_maker(kind: &Kind, holder: &Holder) -> bool {
    if MAKERS.contains(&holder.manager.as_str()) {
        return true;
    }
    let by_hand = holder.operation == "Update" && HANDS.contains(&holder.manager.as_str());
    if by_hand || !is_somebody(holder) || holder.subresource.is_some() {
        return false;
    }
    let telling: &[&[&str]] = match kind.kind {
        "ConfigMap" => &[&["data"], &["binaryData"]],
        "Secret" => &[&["type"], &["data"]],
        "Service" => &[&["spec", "selector"], &["spec", "sessionAffinity"]],
        "Role" => &[&["rules"]],
        "RoleBinding" => &[&["roleRef"], &["subjects"]],
        "Ingress" => &[&["spec", "rules"]],
        "ServiceAccount" => &[&["metadata", "labels"]],
        _ => &[&["spec", "selector"]],
    };
    telling.iter().any(|path| {
        let path = Path::fields(path.iter().copied());
        // An applier does not list the maps around its fields.
        if holder.operation == "Apply" { holder.fields.touches(&path) } else { holder.fields.contains(&path) }
    })
}

fn is_finalizer(path: &Path) -> bool {
    matches!(path.0.as_slice(), [PathElement::Field(first), PathElement::Field(second), ..]
        if first == "metadata" && second == "finalizers")
}

fn is_left(path: &Path, contests: &[Contest]) -> bool {
    contests.iter().any(|one| one.treatment == Treatment::Leave && one.path == *path)
}
