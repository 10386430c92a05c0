//! What of a plan does something, and whose records it touches.

use std::collections::BTreeSet;

use iriskit_kubernetes::views::readiness::is_waited_for;
use iriskit_state::plan::{ActionReason, Operation, Plan, ResourceChange};

/// One IrisCluster whose objects a plan touches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnerName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl OwnerName {
    /// `NAMESPACE/NAME`, as in changes.
    pub fn id(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// The changes that do something, in the plan's order.
pub fn active(plan: &Plan) -> impl Iterator<Item = &ResourceChange> {
    plan.resource_changes.iter().filter(|change| !change.steps.is_empty())
}

/// Whether apply waits in its stage for an object that needs no change: it is ours, of a kind that is waited for, and not one
/// that a roll which stops holds back.
pub fn is_awaited(change: &ResourceChange) -> bool {
    let held_back = change.action_reason == Some(ActionReason::HeldBack);
    change.is_no_op() && !change.owner.is_empty() && is_waited_for(&change.kind) && !held_back
}

/// The owners whose records are written: those of which something changes, or of which a new version is finished, and on a
/// destroy all.
pub fn recorded_owners(plan: &Plan) -> BTreeSet<OwnerName> {
    let finished = plan.finished_upgrades.iter().map(|upgrade| upgrade.owner.as_str());
    let changed: BTreeSet<&str> = active(plan).map(|change| change.owner.as_str()).chain(finished).collect();
    let destroy = plan.operation == Operation::Destroy;
    plan.owners
        .iter()
        .map(|owner| OwnerName { namespace: owner.namespace.clone(), name: owner.name.clone() })
        .filter(|owner| destroy || changed.contains(owner.id().as_str()))
        .collect()
}
