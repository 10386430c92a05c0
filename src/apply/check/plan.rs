//! Whether the plan may be applied at all, by what it says itself. Pure.

use iriskit_state::plan::{Blocked, Operation, Plan, Severity};
use jiff::Timestamp;

use crate::apply::{ApplyError, ApplyOptions};
use iriskit_core::plan::active;

/// What is protected is neither deleted nor replaced, whether that was known when planning or came since.
pub(in crate::apply) fn check_blocked(blocked: Vec<Blocked>) -> Result<(), ApplyError> {
    if blocked.is_empty() { Ok(()) } else { Err(ApplyError::Protected { blocked }) }
}

/// Whatever needs an allowance was allowed.
pub(in crate::apply) fn check_allowances(plan: &Plan, options: &ApplyOptions) -> Result<(), ApplyError> {
    let missing: Vec<_> =
        plan.allowances.iter().filter(|needed| !options.allow.contains(&needed.name)).cloned().collect();
    if missing.is_empty() { Ok(()) } else { Err(ApplyError::Allowances { missing }) }
}

/// A plan with errors is only to be looked at, and so is one without fingerprints.
pub(in crate::apply) fn check_applicable(plan: &Plan) -> Result<(), ApplyError> {
    if let Some(note) = plan.notes.iter().find(|note| note.severity == Severity::Error) {
        return Err(ApplyError::NotApplicable { reason: note.message.clone() });
    }
    if let Some(change) = active(plan).find(|change| change.fingerprint.is_none()) {
        let reason = format!("it does not record the state of {}", change.address);
        return Err(ApplyError::NotApplicable { reason });
    }
    let staged: Vec<&String> = plan.stages.iter().flat_map(|stage| &stage.changes).collect();
    if let Some(change) = active(plan).find(|change| !staged.contains(&&change.address)) {
        return Err(ApplyError::NotApplicable { reason: format!("{} is in no stage", change.address) });
    }
    if plan.operation == Operation::Apply || !plan.owners.is_empty() {
        return Ok(());
    }
    Err(ApplyError::NotApplicable { reason: "it destroys nothing".to_owned() })
}

/// It is not too old.
pub(in crate::apply) fn check_expiry(plan: &Plan, now: Timestamp) -> Result<(), ApplyError> {
    match plan.expires_at.parse::<Timestamp>() {
        Ok(expires) if now < expires => Ok(()),
        _ => Err(ApplyError::Expired { at: plan.expires_at.clone() }),
    }
}
