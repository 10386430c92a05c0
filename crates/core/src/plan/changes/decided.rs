//! What is decided on an object.

use iriskit_state::plan::{AllowanceName, Note, ResourceChange};

use crate::plan::{changes::written_default, impact::predicted::Predicted};

/// What is decided on an object.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    /// Its entry; none when it can't be planned.
    pub change: Option<ResourceChange>,
    /// Named permissions.
    pub allowances: Vec<(AllowanceName, String)>,
    /// Notes on it.
    pub notes: Vec<Note>,
    /// Whether pods stay on an old revision.
    pub leaves_outdated: bool,
    /// Whether a new version is finished that the record calls unfinished.
    pub finishes_upgrade: bool,
}

impl Decided {
    /// That it can't be planned, and why.
    pub(crate) fn blocked(note: Note) -> Self {
        Self { notes: vec![note], ..Self::default() }
    }

    /// An entry with what is predicted of it.
    pub(crate) fn with_prediction(mut change: ResourceChange, predicted: Predicted) -> Self {
        let Predicted { impact, allowances, notes, .. } = predicted;
        let leaves_outdated = !impact.left_outdated.is_empty();
        change.impact = impact;
        written_default::tell(&mut change);
        Self { change: Some(change), allowances, notes, leaves_outdated, finishes_upgrade: false }
    }
}
