//! The order of execution: stages, and inside a stage what depends on what. Total and stable.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use iriskit_state::plan::ResourceChange;

use crate::{expand::Stage, schema::ObjectRef};

/// Where in the run a change is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    removal: bool,
    stage: Option<Stage>,
}

impl Place {
    /// In its stage.
    pub(super) fn forward(stage: Stage) -> Self {
        Self { removal: false, stage: Some(stage) }
    }

    /// After all stages, in reverse.
    pub(super) fn removal(stage: Stage) -> Self {
        Self { removal: true, stage: Some(stage) }
    }

    /// After everything: volumes.
    pub(super) fn volumes() -> Self {
        Self { removal: true, stage: None }
    }

    /// The name of the stage in the plan.
    pub(super) fn name(self) -> String {
        match (self.stage, self.removal) {
            (Some(stage), false) => stage.name().to_owned(),
            (Some(stage), true) => format!("remove {}", stage.name()),
            (None, _) => "remove volumes".to_owned(),
        }
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |place: &Self| match (place.removal, place.stage) {
            (false, Some(stage)) => (0, stage as i32),
            (true, Some(stage)) => (1, -(stage as i32)),
            (_, None) => (2, 0),
        };
        key(self).cmp(&key(other))
    }
}

/// Sorts changes by place; inside a place an object comes after everything that it depends on there, and otherwise by
/// namespace, owner, kind and name. Changes on a cycle of dependencies keep that second order.
pub(super) fn ordered(changes: Vec<(Place, ObjectRef, ResourceChange)>) -> Vec<(Place, ResourceChange)> {
    let mut by_place: BTreeMap<Place, BTreeMap<Key, ResourceChange>> = BTreeMap::new();
    for (place, object, change) in changes {
        let key = (object.namespace.clone(), change.owner.clone(), rank(&object.kind), object);
        by_place.entry(place).or_default().insert(key, change);
    }
    let mut out = Vec::new();
    for (place, mut waiting) in by_place {
        let mut open: BTreeSet<String> = waiting.values().map(|change| change.address.clone()).collect();
        while !waiting.is_empty() {
            let next = waiting
                .iter()
                .find(|(_, change)| {
                    !change.depends_on.iter().any(|needed| open.contains(needed) && *needed != change.address)
                })
                .or_else(|| waiting.iter().next())
                .map(|(key, _)| key.clone());
            let Some(change) = next.and_then(|key| waiting.remove(&key)) else { break };
            open.remove(&change.address);
            out.push((place, change));
        }
    }
    out
}

type Key = (Option<String>, String, usize, ObjectRef);

/// Kinds that others refer to come first.
fn rank(kind: &str) -> usize {
    const ORDER: [&str; 12] = [
        "Namespace",
        "StorageClass",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "ServiceAccount",
        "Role",
        "RoleBinding",
        "Secret",
        "ConfigMap",
        "StatefulSet",
        "Service",
        "Ingress",
    ];
    ORDER.iter().position(|known| *known == kind).unwrap_or(ORDER.len())
}
