//! The checks across objects, in the order in which they are told.

use iriskit_state::plan::Note;

use super::plan_draft::{Draft, Inputs};
use crate::plan::checks::{compute_connections, data_nodes, finalizers, service_clashes, unsafe_together};

/// What no single object shows.
type Check = fn(&Draft, Inputs<'_>) -> Vec<Note>;

const CHECKS: [Check; 5] =
    [data_nodes::check, service_clashes::check, unsafe_together::check, compute_connections::check, finalizers::check];

/// What all checks say of a draft.
pub(crate) fn run_checks(draft: &Draft, inputs: Inputs<'_>) -> Vec<Note> {
    CHECKS.iter().flat_map(|check| check(draft, inputs)).collect()
}
