//! The order of execution: stages, and inside a stage what depends on what. Total and stable.

use iriskit_state::plan::{ResourceChange, Stage, StageName};
use std::{cmp::Ordering, collections::HashSet};

use iriskit_kubernetes::schema::ObjectRef;

/// Where in the run a change is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    removal: bool,
    stage: Option<Stage>,
    /// Where it stands when that is not the stage's own place.
    moved: Option<Moved>,
}

/// A place beside the stage of the data nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    Before,
    After,
}

impl Place {
    /// In its stage.
    pub(crate) fn forward(stage: Stage) -> Self {
        Self { removal: false, stage: Some(stage), moved: None }
    }

    /// Before the data nodes, though its stage comes later.
    pub(crate) fn before_data(stage: Stage) -> Self {
        Self { moved: Some(Moved::Before), ..Self::forward(stage) }
    }

    /// Right after the data nodes, though its stage comes earlier.
    pub(crate) fn after_data(stage: Stage) -> Self {
        Self { moved: Some(Moved::After), ..Self::forward(stage) }
    }

    /// After all stages, in reverse.
    pub(crate) fn removal(stage: Stage) -> Self {
        Self { removal: true, stage: Some(stage), moved: None }
    }

    /// After everything: volumes.
    pub(crate) fn volumes() -> Self {
        Self { removal: true, stage: None, moved: None }
    }

    /// Whether something is taken away.
    pub(crate) fn removes(self) -> bool {
        self.removal
    }

    /// Whether it is this stage, at its own place.
    pub(crate) fn is_in(self, stage: Stage) -> bool {
        self == Self::forward(stage)
    }

    /// The name of the stage in the plan.
    pub(crate) fn name(self) -> StageName {
        match (self.stage, self.removal, self.moved) {
            (Some(stage), false, None) => StageName::Forward(stage),
            (Some(stage), false, Some(Moved::Before)) => StageName::BeforeData(stage),
            (Some(stage), false, Some(Moved::After)) => StageName::AfterData(stage),
            (Some(stage), true, _) => StageName::Remove(stage),
            (None, ..) => StageName::RemoveVolumes,
        }
    }

    /// Part of the run, place in it.
    fn key(self) -> (u8, i32) {
        /// Between two stages there is room for moved ones.
        const ROOM: i32 = 10;
        let at = |stage: Stage| stage as i32 * ROOM;
        match (self.removal, self.stage, self.moved) {
            (false, Some(stage), None) => (0, at(stage)),
            // InterSystems' order of an upgrade: web gateways, arbiter, compute, data.
            (false, Some(Stage::WebGateway), Some(Moved::Before)) => (0, at(Stage::Arbiter) - 1),
            (false, Some(_), Some(Moved::Before)) => (0, at(Stage::Data) - 1),
            (false, Some(_), Some(Moved::After)) => (0, at(Stage::Data) + 1),
            (true, Some(stage), _) => (1, -at(stage)),
            (_, None, _) => (2, 0),
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
        self.key().cmp(&other.key())
    }
}

/// Sorts changes by place; inside a place an object comes after everything that it depends on there, and otherwise by
/// namespace, owner, kind and name.
pub(crate) fn ordered(mut changes: Vec<(Place, ObjectRef, ResourceChange)>) -> Vec<(Place, ResourceChange)> {
    sets_go_first(&mut changes);
    let mut sorted: Vec<(Place, Key, ResourceChange)> = changes
        .into_iter()
        .map(|(place, object, change)| {
            (place, (object.namespace, change.owner.clone(), rank(&object.kind), object.kind, object.name), change)
        })
        .collect();
    sorted.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let mut out = Vec::with_capacity(sorted.len());
    let mut sorted = sorted.into_iter().peekable();
    while let Some(place) = sorted.peek().map(|(place, ..)| *place) {
        let mut waiting = Vec::new();
        while let Some((_, _, change)) = sorted.next_if(|(next, ..)| *next == place) {
            waiting.push(change);
        }
        out.extend(after_needs(waiting).into_iter().map(|change| (place, change)));
    }
    out
}

/// What pods use goes when they are gone: in a place of removals everything else waits for the StatefulSets, and for pods
/// that have none.
fn sets_go_first(changes: &mut [(Place, ObjectRef, ResourceChange)]) {
    let goes =
        |place: &Place, object: &ObjectRef| place.removal && ["StatefulSet", "Pod"].contains(&object.kind.as_str());
    let sets: Vec<(Place, String, String)> = changes
        .iter()
        .filter(|(place, object, _)| goes(place, object))
        .map(|(place, object, change)| (*place, change.owner.clone(), object.address()))
        .collect();
    for (place, object, change) in changes.iter_mut().filter(|(place, object, _)| place.removal && !goes(place, object))
    {
        let of_place = sets.iter().filter(|(of, owner, _)| of == place && *owner == change.owner);
        change.depends_on.extend(of_place.map(|(.., set)| set.clone()).filter(|set| *set != object.address()));
    }
}

/// Namespace, owner, rank of the kind, kind, name.
type Key = (Option<String>, String, usize, String, String);

/// Changes of one place, each after what it needs there; otherwise they keep their order.
fn after_needs(mut waiting: Vec<ResourceChange>) -> Vec<ResourceChange> {
    let mut open: HashSet<String> = waiting.iter().map(|change| change.address.clone()).collect();
    let mut out = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut blocked = Vec::new();
        for change in waiting {
            if change.depends_on.iter().any(|needed| *needed != change.address && open.contains(needed)) {
                blocked.push(change);
            } else {
                open.remove(&change.address);
                out.push(change);
            }
        }
        if blocked.len() == before {
            // A cycle: nothing can be said for one order or another.
            out.append(&mut blocked);
        }
        waiting = blocked;
    }
    out
}

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

#[cfg(test)]
mod tests {
    use iriskit_state::plan::{Change, Component, Impact, Verb, Verified};
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn change(n: usize, depends_on: &[usize]) -> (ObjectRef, ResourceChange) {
        let object = ObjectRef::namespaced("v1", "ConfigMap", "n", &format!("m{n}"));
        let change = ResourceChange {
            mode: None,
            address: object.address(),
            type_name: object.type_name(),
            api_version: "v1".into(),
            kind: "ConfigMap".into(),
            namespace: Some("n".into()),
            name: object.name.clone(),
            owner: "n/c".into(),
            component: Component::Data,
            stage: StageName::Forward(Stage::Data),
            about: String::new(),
            source: None,
            change: Change {
                actions: vec![Verb::Create],
                before: Value::Null,
                after: Value::Null,
                after_unknown: Value::Null,
                before_sensitive: Value::Null,
                after_sensitive: Value::Null,
                replace_paths: vec![],
            },
            action_reason: None,
            replace_mode: None,
            verified: Verified::Server,
            verified_after: None,
            fields: vec![],
            restart_causes: vec![],
            causes: vec![],
            depends_on: depends_on.iter().map(|m| format!("ConfigMap/n/m{m}")).collect(),
            impact: Impact::default(),
            steps: vec![],
            fingerprint: None,
        };
        (object, change)
    }

    proptest! {
        #[test]
        fn everything_comes_after_what_it_needs_whatever_the_order_of_the_input(
            edges in proptest::collection::vec((0..12_usize, 0..12_usize), 0..30),
            seed in proptest::collection::vec(0..1000_usize, 12),
        ) {
            let mut nodes: Vec<usize> = (0..12).collect();
            nodes.sort_by_key(|n| seed[*n]);
            let needs = |n: usize| edges.iter().filter(|(from, to)| *from == n && to < from).map(|edge| edge.1).collect::<Vec<_>>();
            let build = |order: &[usize]| {
                let input = order.iter().map(|n| { let (object, change) = change(*n, &needs(*n)); (Place::forward(Stage::Data), object, change) });
                ordered(input.collect()).into_iter().map(|(_, change)| change).collect::<Vec<_>>()
            };
            let sorted = build(&nodes);
            prop_assert_eq!(&sorted, &build(&(0..12).collect::<Vec<_>>()));
            for (at, change) in sorted.iter().enumerate() {
                for needed in &change.depends_on {
                    prop_assert!(sorted[..at].iter().any(|earlier| earlier.address == *needed));
                }
            }
        }
    }

    #[test]
    fn removals_run_through_the_stages_in_reverse() {
        let mut places: Vec<Place> =
            Stage::ALL.into_iter().map(Place::removal).chain(Stage::ALL.into_iter().map(Place::forward)).collect();
        places.push(Place::volumes());
        places.sort();
        let names: Vec<StageName> = places.into_iter().map(Place::name).collect();
        let forward = Stage::ALL.into_iter().map(StageName::Forward);
        let reverse = Stage::ALL.into_iter().rev().map(StageName::Remove);
        assert_eq!(names, forward.chain(reverse).chain([StageName::RemoveVolumes]).collect::<Vec<_>>());
    }
}
