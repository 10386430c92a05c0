//! What others changed in an object, as its managedFields say.

use iriskit_state::plan::{Cause, CauseKind, FieldChange, Origin, ResourceChange};

use super::new::cause;

/// One for each hand and time: the fields that are set back, and those of its pod template that pods don't have yet.
pub(super) fn by_others(change: &ResourceChange) -> Vec<Cause> {
    let drifted = change.fields.iter().filter(|field| field.origin == Origin::Drift);
    let mut causes: Vec<Cause> = Vec::new();
    for field in drifted.chain(&change.restart_causes) {
        let Some(by) = &field.by else { continue };
        let same = |known: &&mut Cause| known.by.as_ref() == Some(by) && known.at == field.at;
        match causes.iter_mut().find(same) {
            Some(known) => known.fields.push(field.path.clone()),
            None => causes.push(of_field(field)),
        }
    }
    causes
}

fn of_field(field: &FieldChange) -> Cause {
    Cause {
        by: field.by.clone(),
        at: field.at.clone(),
        fields: vec![field.path.clone()],
        ..cause(CauseKind::Others, field.path.clone())
    }
}
