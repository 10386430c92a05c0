//! What a seed draws: clusters, then step after step what their manifests and other people change. A scenario is a flat
//! list of items, so that a shorter one is the same list with some left out.

use iriskit_state::plan::Treatment;
use serde_json::Value;

use crate::{
    draws::{
        after_plan::{by_another_hand, drift_after_plan},
        disturbances::disturbance,
        drifts::drift,
        edits::edit,
        ownership, storage,
        topology::topology,
    },
    random::Random,
};

/// What is changed in the manifests. What does not apply (a field of a node that is not there) is skipped.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Edit {
    /// Sets a field of a cluster, by JSON pointer.
    Set(usize, &'static str, Value),
    /// Removes it.
    Remove(usize, &'static str),
    /// One more cluster, stand-alone.
    AddCluster,
    /// An object beside a cluster, by a name of ours; without a value it goes.
    Companion(&'static str, Option<Value>),
}

/// What others do on the cluster.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Drift {
    /// Merge patch by a manager on an object (`services/a`, `services/a/status`).
    Patch(&'static str, String, Value),
    /// Server-side apply with force by a manager.
    Apply(&'static str, String, Value),
    /// The same with the very value that stands at a place: it then has two owners.
    Share(&'static str, String, &'static str),
    Delete(String),
    /// Deleted and made again from its stored form: the same under another uid. `true`: what it controls stays meanwhile.
    Again(String, bool),
    /// Everything in the namespace goes and comes back from a backup, under other uids.
    Restored,
    FailOver(String),
    /// Whether volumes of the scenario's own storage class can grow; `None`: it goes, until the next step.
    Class(Option<bool>),
}

impl Drift {
    /// What it is counted as, where others do more than change a field.
    pub(crate) fn disturbs(&self) -> Option<&'static str> {
        match self {
            Self::Again(..) | Self::Restored => Some("restored"),
            Self::Patch(_, _, change) | Self::Apply(_, _, change) if change.pointer("/spec/template").is_some() => {
                Some("with foreign templates")
            }
            _ => None,
        }
    }
}

/// What is said of fields and objects of others.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rule {
    OnDrift(Treatment),
    Field(Treatment, &'static str),
    Adopt,
}

/// Who makes what the first plan would make, before it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Maker {
    pub(crate) manager: &'static str,
    /// By server-side apply, else by a plain create.
    pub(crate) applies: bool,
    /// Of this kind, else of all.
    pub(crate) kind: Option<&'static str>,
    /// With fields of its own, besides.
    pub(crate) more: bool,
}

/// What comes into the way of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Disturbance {
    /// It is killed when so many things have happened, and the next one goes on: after its lock has expired, or was let go by
    /// hand.
    Killed { after: usize, expires: bool },
    /// Somebody does something when so many things have happened, and it goes on.
    Meanwhile(usize, Drift),
    /// The pods of these nodes of the first cluster run and never get ready, until somebody helps.
    Held(&'static str),
    /// These nodes of the first cluster get an image that does not exist, which is then taken back.
    NoSuchImage(&'static str),
    /// A quota has room for so many more pods, before the plan or only after it.
    Quota { room: usize, after_plan: bool },
    /// Another user applies these manifests instead, between the plan and its apply.
    Another(Edit),
    /// Another user applies the same at the same time.
    AtOnce,
}

/// One item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    Edit(Edit),
    Drift(Drift),
    /// What others do between the plan and its apply.
    AfterPlan(Drift),
    /// For the plan of this step.
    Rule(Rule),
    /// Only in step 0.
    Made(Maker),
    /// What comes into the way of this step's run.
    Disturbed(Disturbance),
    /// The last step: everything goes; `true`: with the data.
    Destroy(bool),
}

/// Items with the step that they belong to; step 0 makes the clusters.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) items: Vec<(usize, usize, Item)>,
}

impl Scenario {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut random = Random::of(seed);
        let mut items: Vec<(usize, Item)> = Vec::new();
        let clusters = if random.once_in(6) { 2 } else { 1 };
        if clusters == 2 {
            items.push((0, Item::Edit(Edit::AddCluster)));
        }
        for cluster in 0..clusters {
            items.extend(topology(&mut random, clusters, cluster).into_iter().map(|edit| (0, Item::Edit(edit))));
        }
        if random.once_in(8) {
            items.push((0, Item::Made(ownership::maker(&mut random))));
            items.push((0, Item::Rule(Rule::Adopt)));
            if random.once_in(3) {
                items.push((0, Item::AfterPlan(drift_after_plan(&mut random, clusters))));
            }
        }
        if random.once_in(6) && !items.iter().any(|(_, item)| matches!(item, Item::Made(_))) {
            items.push((0, Item::Disturbed(disturbance(&mut random, clusters))));
        }
        let steps = 4 + random.below(5);
        for step in 1..=steps {
            items.extend(draw_step(&mut random, clusters).into_iter().map(|item| (step, item)));
        }
        if random.once_in(3) {
            items.push((steps + 1, Item::Destroy(random.once_in(2))));
            if random.once_in(4) {
                items.push((steps + 1, Item::AfterPlan(drift_after_plan(&mut random, clusters))));
            }
        }
        let items = items.into_iter().enumerate().map(|(at, (step, item))| (at, step, item)).collect();
        Self { seed, items }
    }

    /// Only these of its items.
    pub(crate) fn only(mut self, kept: &[usize]) -> Self {
        self.items.retain(|(at, ..)| kept.contains(at));
        self
    }

    /// The items of each step; step 0 is always there.
    pub(crate) fn steps(&self) -> Vec<Vec<Item>> {
        let mut steps = vec![Vec::new()];
        let mut last = 0;
        for (_, step, item) in &self.items {
            if *step != last {
                steps.push(Vec::new());
                last = *step;
            }
            steps.last_mut().expect("there is one").push(item.clone());
        }
        steps
    }
}

/// A step: something changes in the manifests or on the cluster, or both.
fn draw_step(random: &mut Random, clusters: usize) -> Vec<Item> {
    let mut items = Vec::new();
    let kind = random.below(10);
    let cluster = random.below(clusters);
    if random.once_in(4) {
        for _ in 0..=random.below(2) {
            let cluster = random.below(clusters);
            items.push(Item::Edit(edit(random, clusters, cluster)));
        }
        items.push(Item::Disturbed(disturbance(random, clusters)));
        return items;
    }
    if random.once_in(6) {
        items.extend(storage::edits(random, cluster).into_iter().map(Item::Edit));
    } else if kind < 7 {
        for _ in 0..=random.below(2) {
            let cluster = random.below(clusters);
            items.push(Item::Edit(edit(random, clusters, cluster)));
        }
    }
    let drifts = kind >= 5;
    if drifts {
        items.push(Item::Drift(drift(random, clusters)));
    }
    let with_rules = drifts && random.once_in(3);
    if with_rules {
        items.extend(ownership::rules(random).into_iter().map(Item::Rule));
    }
    if random.once_in(3) {
        // A plan that changes nothing is never stale.
        if !items.iter().any(|item| matches!(item, Item::Edit(_))) {
            items.push(Item::Edit(edit(random, clusters, cluster)));
        }
        // What rules are about moves once more.
        let drifted = items.iter().find_map(|item| match item {
            Item::Drift(drift) if with_rules && random.once_in(2) => by_another_hand(random, drift),
            _ => None,
        });
        let drift = drifted.unwrap_or_else(|| drift_after_plan(random, clusters));
        items.push(Item::AfterPlan(drift));
    }
    items
}

#[test]
fn every_kind_of_item_is_drawn() {
    let drawn: Vec<Item> =
        (1..100).flat_map(|seed| Scenario::draw(seed).items.into_iter().map(|(.., item)| item)).collect();
    let kinds: [fn(&Item) -> bool; 25] = [
        |item| matches!(item, Item::Disturbed(Disturbance::Killed { .. })),
        |item| matches!(item, Item::Disturbed(Disturbance::Meanwhile(..))),
        |item| matches!(item, Item::Disturbed(Disturbance::Held(_))),
        |item| matches!(item, Item::Disturbed(Disturbance::NoSuchImage(_))),
        |item| matches!(item, Item::Disturbed(Disturbance::Quota { .. })),
        |item| matches!(item, Item::Disturbed(Disturbance::Another(_))),
        |item| matches!(item, Item::Disturbed(Disturbance::AtOnce)),
        |item| matches!(item, Item::Drift(Drift::Restored)),
        |item| matches!(item, Item::AfterPlan(Drift::Again(..))),
        |item| matches!(item, Item::Edit(Edit::AddCluster)),
        |item| matches!(item, Item::Edit(Edit::Set(0, pointer, _)) if pointer.contains("/storage")),
        |item| matches!(item, Item::Edit(Edit::Remove(..))),
        |item| matches!(item, Item::Edit(Edit::Companion("side", Some(_)))),
        |item| matches!(item, Item::Edit(Edit::Companion("front", Some(_)))),
        |item| matches!(item, Item::Drift(Drift::Patch(..))),
        |item| matches!(item, Item::Drift(Drift::FailOver(_))),
        |item| matches!(item, Item::AfterPlan(Drift::Share(..))),
        |item| matches!(item, Item::AfterPlan(Drift::Delete(_))),
        |item| matches!(item, Item::Drift(Drift::Delete(object)) if object.starts_with("persistentvolumeclaims/")),
        |item| matches!(item, Item::AfterPlan(Drift::Delete(object)) if object.starts_with("persistentvolumeclaims/")),
        |item| matches!(item, Item::Drift(Drift::Class(Some(false)))),
        |item| matches!(item, Item::AfterPlan(Drift::Class(None))),
        |item| matches!(item, Item::Rule(Rule::Field(..))),
        |item| matches!(item, Item::Made(_)),
        |item| matches!(item, Item::Destroy(true)),
    ];
    for (at, is_kind) in kinds.iter().enumerate() {
        assert!(drawn.iter().any(is_kind), "kind {at} is never drawn");
    }
}
