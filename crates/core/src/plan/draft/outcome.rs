//! What a plan is good for, in Terraform's words.

use iriskit_state::plan::{ActionReason, Plan, Severity};

/// What policies ask first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// There is something to apply.
    pub applyable: bool,
    /// Nothing is left to plan again.
    pub complete: bool,
    /// It has errors.
    pub errored: bool,
}

impl Outcome {
    /// Of a plan with all its notes.
    pub(crate) fn of(plan: &Plan) -> Self {
        let errored = plan.notes.iter().any(|note| note.severity == Severity::Error);
        let held_back = plan.resource_changes.iter().any(|change| {
            change.action_reason == Some(ActionReason::HeldBack) || !change.impact.left_outdated.is_empty()
        });
        Self {
            applyable: plan.summary.changes() && !errored && plan.blocked.is_empty(),
            complete: !errored && !held_back,
            errored,
        }
    }

    /// Says it in the plan.
    pub(crate) fn settle(plan: &mut Plan) {
        let Self { applyable, complete, errored } = Self::of(plan);
        (plan.applyable, plan.complete, plan.errored) = (Some(applyable), Some(complete), Some(errored));
    }
}
