//! Whether this user and the cluster's controllers can do what the plan says.

use iriskit_state::plan::{Note, Plan, Severity};

use crate::{
    apply::{ApplyError, Event, Refusal},
    cluster::Cluster,
    survey::{self, SurveyError},
};
use iriskit_core::plan::SecretValues;

/// Every verb of the plan, before the first of them is used.
pub(in crate::apply) async fn check_rights(cluster: &Cluster, plan: &Plan) -> Result<(), ApplyError> {
    let missing = survey::missing_rights(cluster, plan).await;
    let missing = missing.map_err(|error| match error {
        SurveyError::Api { error, .. } => ApplyError::api("asking for the rights that the plan needs")(*error),
        error => ApplyError::Unchecked { reason: error.to_string() },
    })?;
    if missing.is_empty() { Ok(()) } else { Err(ApplyError::Rights { missing }) }
}

/// Whether controllers can make of it what the plan says: quotas, accounts and pod security may have changed since.
pub(in crate::apply) async fn check_obstacles(
    cluster: &Cluster,
    plan: &Plan,
    secret_values: &SecretValues,
    events: &impl Fn(Event),
) -> Result<(), ApplyError> {
    let notes = survey::obstacles(cluster, plan, secret_values).await;
    let notes = notes.map_err(|error| ApplyError::Unchecked { reason: error.to_string() })?;
    let (errors, others): (Vec<_>, Vec<_>) = notes.into_iter().partition(|note| note.severity == Severity::Error);
    if errors.is_empty() {
        for note in others.into_iter().filter(|note| note.severity == Severity::Warning && !plan.notes.contains(note)) {
            events(Event::Warning { address: note.address, message: note.message });
        }
        return Ok(());
    }
    let refusal = |note: Note| Refusal { address: note.address.unwrap_or_default(), message: note.message };
    Err(ApplyError::Refused { refusals: errors.into_iter().map(refusal).collect() })
}
