//! What of a plan does something, and whose records it touches.

use std::collections::BTreeSet;

use iriskit_state::plan::{Operation, Plan, ResourceChange};

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

/// The owners whose records are written: those of which something changes, and on a destroy all.
pub fn recorded_owners(plan: &Plan) -> BTreeSet<OwnerName> {
    let changed: BTreeSet<&str> = active(plan).map(|change| change.owner.as_str()).collect();
    let destroy = plan.operation == Operation::Destroy;
    plan.owners
        .iter()
        .map(|owner| OwnerName { namespace: owner.namespace.clone(), name: owner.name.clone() })
        .filter(|owner| destroy || changed.contains(owner.id().as_str()))
        .collect()
}
