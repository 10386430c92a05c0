//! The secret values that a saved plan does not contain, and where they were written.

use iriskit_state::plan::{Plan, ResourceChange, Step};

use crate::plan::secret_values::describe;

/// A secret value that has to be given again before the plan is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededValue {
    /// The object.
    pub address: String,
    /// JSON pointer, section and key.
    pub place: String,
    /// The file that it was read from, as far as it is known: a ConfigMap of the cluster has none.
    pub file: Option<String>,
}

/// Every value that the plan has a hole for, in the order of the plan. None: nothing besides the plan is needed.
pub fn needed_values(plan: &Plan) -> Vec<NeededValue> {
    let of_change = |change: &ResourceChange| {
        let file = change.source.as_ref().or_else(|| {
            let owner = plan.owners.iter().find(|owner| format!("{}/{}", owner.namespace, owner.name) == change.owner);
            owner?.source.as_ref()
        });
        let file = file.map(|place| place.file.clone());
        let holes = change.steps.iter().flat_map(|step| match step {
            Step::Create { holes, .. } | Step::Update { holes, .. } => holes.as_slice(),
            _ => &[],
        });
        let needed = |hole: &iriskit_state::plan::Hole| NeededValue {
            address: change.address.clone(),
            place: describe(hole),
            file: file.clone(),
        };
        holes.map(needed).collect::<Vec<_>>()
    };
    plan.resource_changes.iter().flat_map(of_change).collect()
}
