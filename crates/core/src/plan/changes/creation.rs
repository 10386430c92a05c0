//! An object that is not there yet.

use std::collections::BTreeSet;

use iriskit_state::plan::{ActionReason, Change, Note, NoteId, Severity, Step, Verb, Verified};
use serde_json::Value;

use crate::{
    diff::{hollow, mask},
    plan::{
        changes::{
            admission,
            decided::Decided,
            drift::visible,
            dry_run::{DryRun, refusal_note, unverified_note, warning_notes},
            entry::{change_entry, describe_update, secret_holes, waits_until_ready},
            examine::Examined,
            local_prediction::unknown_fields,
            recreation::{self, Making},
        },
        live::Live,
        notes,
    },
};
use iriskit_kubernetes::schema::{ObjectRef, table};

/// Decides on it. `created` are the objects that the plan makes.
pub(crate) fn create(
    examined: &Examined,
    answer: Option<&DryRun>,
    created: &BTreeSet<ObjectRef>,
    live: &Live,
) -> Decided {
    let desired = &examined.desired;
    let object = &desired.object;
    let mut notes = Vec::new();
    let mut verified = Verified::Server;
    let mut verified_after = None;
    let after = match answer {
        Some(DryRun::Accepted { object: answered, warnings }) => {
            notes.extend(warning_notes(object, warnings));
            let kind = table().kind(&object.api_version, &object.kind);
            notes.extend(kind.and_then(|kind| admission::override_note(kind, object, &examined.body, answered)));
            answered.clone()
        }
        Some(DryRun::NotFound { message }) => match prerequisite(examined, created) {
            Some(needed) => {
                (verified, verified_after) = (Verified::Deferred, Some(needed.address()));
                examined.body.clone()
            }
            None => return Decided::blocked(not_found_note(object, message)),
        },
        Some(DryRun::Refused { code, message }) => {
            notes.push(refusal_note(object, *code, message));
            verified = Verified::Local;
            examined.body.clone()
        }
        Some(DryRun::Forbidden { message }) => {
            notes.push(unverified_note(object, message));
            verified = Verified::Local;
            examined.body.clone()
        }
        None | Some(DryRun::InPlace { .. }) => {
            verified = Verified::Local;
            examined.body.clone()
        }
    };
    let step = Step::Create {
        body: hollow(&examined.body),
        holes: secret_holes(&examined.body),
        verify_first: verified == Verified::Deferred,
    };
    let Making { predicted, growth, steps_after, around_pods } =
        recreation::making(desired.into(), &examined.body, &after, live);
    notes.extend(growth.notes);
    let wait = (!around_pods && waits_until_ready(desired)).then_some(Step::WaitReady);
    let steps = growth.steps.into_iter().chain([step]).chain(wait).chain(steps_after).collect();
    let mut after = visible(&after);
    let after_unknown = unknown_fields(&object.kind, &examined.body, None, &mut after);
    let (after, marks) = mask(&after, None);
    let mut change = change_entry(
        examined,
        Change {
            actions: vec![Verb::Create],
            before: Value::Null,
            after,
            after_unknown,
            before_sensitive: Value::Null,
            after_sensitive: marks,
            replace_paths: Vec::new(),
        },
        verified,
        steps,
    );
    change.verified_after = verified_after;
    if around_pods {
        change.action_reason = Some(ActionReason::PodsWithoutSet);
        change.about = describe_update(desired, &predicted);
    }
    let mut decided = Decided::with_prediction(change, predicted);
    decided.notes.extend(notes);
    decided
}

/// The object that has to be made before the server can judge this one.
fn prerequisite(examined: &Examined, created: &BTreeSet<ObjectRef>) -> Option<ObjectRef> {
    let object = &examined.desired.object;
    let namespace = object.namespace.as_deref().map(|name| ObjectRef::cluster_scoped("v1", "Namespace", name));
    if let Some(namespace) = namespace.filter(|namespace| created.contains(namespace)) {
        return Some(namespace);
    }
    (object.kind == "RoleBinding")
        .then(|| examined.desired.depends_on.iter().find(|needed| needed.kind == "Role" && created.contains(*needed)))
        .flatten()
        .cloned()
}

fn not_found_note(object: &ObjectRef, message: &str) -> Note {
    let mut note =
        notes::on(Severity::Error, NoteId::NotFound, object, format!("the server refuses to create it: {message}"));
    if let Some(namespace) = &object.namespace {
        note.help = Some(format!("create namespace {namespace}, or add a Namespace document to the input"));
    }
    note
}
