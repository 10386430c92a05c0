//! The stages of a run, with names for what is changed in them.

use std::collections::BTreeMap;

use iriskit_state::plan::{Plan, ResourceChange};

use crate::view::kind::short;

/// The stages of a plan in which something happens or is waited for, in order.
#[derive(Debug)]
pub(super) struct Stages {
    stages: Vec<Stage>,
    /// Stage and spoken name of every change that does something.
    changes: BTreeMap<String, (usize, String)>,
}

/// A stage.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) name: String,
    /// How many objects change in it.
    pub(super) total: usize,
}

impl Stages {
    pub(super) fn of(plan: &Plan) -> Self {
        let awaited = |change: &ResourceChange| plan.not_ready.iter().any(|known| known.address == change.address);
        let active: BTreeMap<&str, &ResourceChange> = plan
            .resource_changes
            .iter()
            .filter(|change| !change.is_no_op() || awaited(change))
            .map(|change| (change.address.as_str(), change))
            .collect();
        let mut stages = Vec::new();
        let mut changes = BTreeMap::new();
        for stage in &plan.stages {
            let of_stage: Vec<_> = stage.changes.iter().filter_map(|address| active.get(address.as_str())).collect();
            if of_stage.is_empty() {
                continue;
            }
            for change in &of_stage {
                changes
                    .insert(change.address.clone(), (stages.len(), format!("{} {}", short(&change.kind), change.name)));
            }
            stages.push(Stage { name: stage.name.to_string(), total: of_stage.len() });
        }
        Self { stages, changes }
    }

    /// All of them.
    pub(super) fn all(&self) -> &[Stage] {
        &self.stages
    }

    /// The place of the stage that is called so.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.stages.iter().position(|stage| stage.name == name)
    }

    /// The place of the stage in which an object changes, and how the object is called; none for other objects.
    pub(super) fn change(&self, address: &str) -> Option<(usize, &str)> {
        self.changes.get(address).map(|(stage, name)| (*stage, name.as_str()))
    }

    /// How all objects that change are called.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.changes.values().map(|(_, name)| name.as_str())
    }
}
