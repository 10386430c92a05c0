//! Objects that will not go when they are deleted, because somebody else holds them.

use iriskit_state::plan::{Note, NoteId, ResourceChange, Severity, Step};
use serde_json::Value;

use crate::plan::{
    draft::plan_draft::{Draft, Inputs},
    notes,
};
use iriskit_kubernetes::{
    names::{PV_PROTECTION, PVC_PROTECTION},
    schema::ObjectRef,
    views::Object,
};

/// Finalizers that Kubernetes sets and takes away itself.
const KUBERNETES: [&str; 6] = [
    "foregroundDeletion",
    "orphan",
    PVC_PROTECTION,
    PV_PROTECTION,
    "service.kubernetes.io/load-balancer-cleanup",
    "batch.kubernetes.io/job-tracking",
];

/// Says of each object that is deleted, for good or to be made again, who has to let go of it first.
pub(crate) fn check(draft: &Draft, inputs: Inputs<'_>) -> Vec<Note> {
    let is_deleted = |change: &ResourceChange| change.steps.iter().any(|step| matches!(step, Step::Delete { .. }));
    let deleted = draft.changes.iter().filter(|(.., change)| is_deleted(change));
    deleted.filter_map(|(_, object, _)| held_by_finalizers(object, inputs.live.get(object)?)).collect()
}

fn held_by_finalizers(object: &ObjectRef, found: &Value) -> Option<Note> {
    let view = Object::new(found);
    let foreign: Vec<&str> = view.finalizers().filter(|name| !KUBERNETES.contains(name)).collect();
    if foreign.is_empty() {
        return None;
    }
    let begun =
        view.deletion_timestamp().map(|since| format!("it is being deleted since {since}; ")).unwrap_or_default();
    let message = format!("{begun}it goes only when the finalizer {} is taken from it", foreign.join(", "));
    let mut note = notes::on(Severity::Warning, NoteId::HeldByFinalizer, object, message);
    note.help =
        Some("see that whoever set it does its work: apply waits for that, and ends with 5 after --timeout".to_owned());
    Some(note)
}
