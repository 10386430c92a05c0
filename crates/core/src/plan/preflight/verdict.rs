//! What the answers to the preflight's questions mean for the plan.

use iriskit_state::plan::{Note, NoteId, Plan, ResourceChange, Severity};
use serde_json::Value;

use crate::plan::{notes, ownership::owners::active, preflight::controller_objects::ControllerObjects};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Claim, StorageClass},
};

/// What the server says of a pod or claim that nobody has made yet.
#[derive(Debug, Clone, PartialEq)]
pub enum DryRunVerdict {
    /// It would be taken, and look like this.
    Accepted(Value),
    /// It exists already, so nothing stood in its way.
    Exists,
    /// It would not be taken.
    Refused(String),
    /// The right to ask is missing, or the server had no answer.
    Unknown,
}

// An admission plugin of the server refuses with code 403, reason `Forbidden` and a sentence, and warns with a sentence in a
// header: which plugin it was, and which level of pod security, stands nowhere else.

/// Words of a refusal for lack of room in a quota.
const OVER_QUOTA: &str = "exceeded quota";
/// Words of a refusal by the pod security standards.
const POD_SECURITY: &str = "PodSecurity \"";
/// How a warning by the pod security standards begins; its level follows.
const POD_SECURITY_WARNING: &str = "would violate PodSecurity \"";
/// Words of a refusal because pods run under an account that does not exist.
const NO_ACCOUNT: &str = "service account";

/// With the place that asked for the object.
fn with_source(objects: &ControllerObjects, mut note: Note) -> Note {
    note.source.clone_from(&objects.source);
    note
}

/// The error for what the server would refuse to delete.
pub(crate) fn deletion_note(change: &ResourceChange, object: &ObjectRef, message: &str) -> Note {
    let what = if object.kind == change.kind { "it".to_owned() } else { format!("{} {}", object.kind, object.name) };
    Note {
        severity: Severity::Error,
        id: NoteId::DeletionRefused,
        message: format!("the server would refuse to delete {what}: {message}"),
        address: Some(change.address.clone()),
        source: change.source.clone(),
        help: Some("have it allowed by whoever set that up, or leave the change out".into()),
    }
}

/// The error for pods that the server would refuse. Room in quotas is judged for the whole plan, not for one pod.
pub(crate) fn pod_note(objects: &ControllerObjects, verdict: &DryRunVerdict) -> Option<Note> {
    let DryRunVerdict::Refused(message) = verdict else { return None };
    if message.contains(OVER_QUOTA) {
        return None;
    }
    let (id, help) = if message.contains(POD_SECURITY) {
        (
            NoteId::PodSecurity,
            "the namespace enforces a pod security standard: change the pod template, or the namespace",
        )
    } else if message.contains(NO_ACCOUNT) {
        (NoteId::ServiceAccountNotFound, "create the ServiceAccount, or add it to the file")
    } else {
        (NoteId::PodsRefused, "its controller would try for ever: correct what the server names")
    };
    let message = format!("the server will refuse its pods: {message}");
    let mut note = notes::on(Severity::Error, id, &objects.object, message);
    note.help = Some(help.into());
    Some(with_source(objects, note))
}

/// The error for claims that the server would refuse.
pub(crate) fn claim_note(objects: &ControllerObjects, verdict: &DryRunVerdict) -> Option<Note> {
    let DryRunVerdict::Refused(message) = verdict else { return None };
    let message = format!("the server will refuse a claim of its pods: {message}");
    let note = notes::on(Severity::Error, NoteId::ClaimsRefused, &objects.object, &message);
    (!message.contains(OVER_QUOTA)).then(|| with_source(objects, note))
}

/// The error for an account that does not exist.
pub(crate) fn account_note(objects: &ControllerObjects, account: &str) -> Note {
    let namespace = &objects.namespace;
    let message = format!("its pods will be refused: ServiceAccount {account} does not exist in namespace {namespace}");
    let mut note = notes::on(Severity::Error, NoteId::ServiceAccountNotFound, &objects.object, message);
    note.help = Some("create it, or add it to the file".into());
    with_source(objects, note)
}

/// Warnings for classes that new claims name or need and that do not exist. Volumes may have been made by hand, so that
/// nothing is certain.
pub(crate) fn class_notes(objects: &ControllerObjects, plan: &Plan, classes: &[Value]) -> Vec<Note> {
    let created = |class: &str| active(plan).any(|change| change.kind == "StorageClass" && change.name == class);
    let mut lacking: Vec<Option<&str>> = Vec::new();
    for (claim, _) in &objects.claims {
        let class = Claim::new(claim).storage_class();
        let is_known = match class {
            Some("") => true,
            Some(class) => classes.iter().any(|known| StorageClass::new(known).name() == class) || created(class),
            None => classes.iter().any(|known| StorageClass::new(known).is_default()),
        };
        if !is_known && !lacking.contains(&class) {
            lacking.push(class);
        }
    }
    let waits = "its pods wait until somebody makes volumes for it";
    let said = |class: Option<&str>| {
        let (id, message) = match class {
            Some(class) => (NoteId::StorageClassNotFound, format!("StorageClass {class} does not exist: {waits}")),
            None => {
                (NoteId::NoDefaultStorageClass, format!("no StorageClass is named and none is the default: {waits}"))
            }
        };
        with_source(objects, notes::on(Severity::Warning, id, &objects.object, message))
    };
    lacking.into_iter().map(said).collect()
}

/// Takes the server's warnings of pod security for what they are: an error has been made of them where pods are refused for
/// certain, or where nobody could ask and the namespace enforces the level that the warning names.
pub(crate) fn resolve_pod_security_warnings(plan: &mut Plan, enforced: impl Fn(&str) -> Option<String>) {
    let certain: Vec<Option<String>> =
        plan.notes.iter().filter(|note| note.id == NoteId::PodSecurity).map(|note| note.address.clone()).collect();
    let settled = std::mem::take(&mut plan.notes).into_iter().filter_map(|note| {
        let change = plan.resource_changes.iter().find(|change| Some(&change.address) == note.address.as_ref());
        let (Some(level), Some(change)) = (warned_level(&note), change) else { return Some(note) };
        if certain.contains(&note.address) {
            return None;
        }
        let namespace = change.namespace.as_deref().unwrap_or_default();
        let object = ObjectRef::namespaced(&change.api_version, &change.kind, namespace, &change.name);
        let mut settled = if enforced(namespace).as_deref() == Some(level) {
            let message = format!("the server will refuse its pods: it {}", note.message);
            notes::on(Severity::Error, NoteId::PodSecurity, &object, message)
        } else {
            notes::on(Severity::Warning, NoteId::PodSecurity, &object, format!("it {}", note.message))
        };
        settled.source.clone_from(&change.source);
        Some(settled)
    });
    let settled = settled.collect();
    plan.notes = settled;
}

/// Whether any note is about pod security.
pub(crate) fn warns_of_pod_security(plan: &Plan) -> bool {
    plan.notes.iter().any(|note| warned_level(note).is_some())
}

/// `restricted` of `would violate PodSecurity "restricted:latest": …`.
fn warned_level(note: &Note) -> Option<&str> {
    let rest = note.message.strip_prefix(POD_SECURITY_WARNING).filter(|_| note.id == NoteId::ServerWarning)?;
    rest.split([':', '"']).next()
}

/// What could not be asked for lack of rights, once.
pub(crate) fn unknown_note(unknown: &[String]) -> Option<Note> {
    (!unknown.is_empty()).then(|| Note {
        severity: Severity::Note,
        id: NoteId::NotChecked,
        message: format!("not checked, for lack of the right: {}", unknown.join(", ")),
        address: None,
        source: None,
        help: None,
    })
}
