//! What a plan says of what could not be read.

use iriskit_state::plan::{Note, NoteId, Severity};

use crate::plan::{live::Live, notes, planner::question::Read};
use iriskit_kubernetes::schema::ObjectRef;

/// A note for everything that could not be read and that no other note speaks of.
pub(crate) fn unknown_notes(live: &Live) -> Vec<Note> {
    live.refused().filter_map(|(read, why)| Some(note(read, &consequence(read)?, why))).collect()
}

/// What is unknown for that reason. Of some objects the notes on what needs them tell.
fn consequence(read: &Read) -> Option<String> {
    Some(match read {
        Read::List { kind, namespace, .. } => {
            let place = namespace.as_ref().map(|name| format!(" of namespace {name}")).unwrap_or_default();
            match kind.as_str() {
                // What hangs on it says so.
                "IrisCluster" => return None,
                "Pod" => format!(
                    "the pods{place} can't be listed: what runs is unknown, and taken to be what StatefulSets say"
                ),
                "PersistentVolumeClaim" => {
                    format!("the claims{place} can't be listed: which volumes exist is unknown")
                }
                kind => format!("objects of kind {kind}{place} can't be listed: which of them exist is unknown"),
            }
        }
        Read::Get(object) => match object.kind.as_str() {
            // What refers to them says so.
            "Secret" | "StorageClass" | "PersistentVolume" | "Namespace" => return None,
            "IrisCluster" => {
                format!("whether the operator has an IrisCluster {} is unknown", object.name)
            }
            "ControllerRevision" => {
                format!("whether pods of revision {} would restart is unknown, and taken for true", object.name)
            }
            kind => format!("whether {kind} {} exists is unknown", object.name),
        },
    })
}

fn note(read: &Read, consequence: &str, why: &str) -> Note {
    let message = format!("{consequence} ({why})");
    Note {
        severity: Severity::Note,
        id: NoteId::Unknown,
        message,
        address: None,
        source: None,
        help: Some(format!("ask for the right to {read}")),
    }
}

/// The error for an object that would have to be known to go on.
pub(crate) fn cannot_read(object: &ObjectRef, message: String) -> Note {
    let mut note = notes::on(Severity::Error, NoteId::CannotRead, object, message);
    note.help = Some(format!("ask for the right to list {} in the namespace", object.kind));
    note
}
