//! What a seed draws: clusters, then step after step what their manifests and other people change. A scenario is a flat
//! list of items, so that a shorter one is the same list with some left out.

use iriskit_state::plan::Treatment;
use serde_json::Value;

use crate::dice::Dice;
use crate::draws::between::{again, between};
use crate::draws::drifts::drift;
use crate::draws::edits::edit;
use crate::draws::topology::topology;
use crate::draws::{ownership, storage};

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
    FailOver(String),
    /// Whether volumes of the scenario's own storage class can grow; `None`: it goes, until the next step.
    Class(Option<bool>),
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

/// One item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stroke {
    Edit(Edit),
    Drift(Drift),
    /// What others do between the plan and its apply.
    Between(Drift),
    /// For the plan of this step.
    Rule(Rule),
    /// Only in step 0.
    Made(Maker),
    /// The last step: everything goes; `true`: with the data.
    Destroy(bool),
}

/// Items with the step that they belong to; step 0 makes the clusters.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) items: Vec<(usize, usize, Stroke)>,
}

impl Scenario {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut dice = Dice::of(seed);
        let mut items: Vec<(usize, Stroke)> = Vec::new();
        let clusters = if dice.once_in(6) { 2 } else { 1 };
        if clusters == 2 {
            items.push((0, Stroke::Edit(Edit::AddCluster)));
        }
        for cluster in 0..clusters {
            items.extend(topology(&mut dice, clusters, cluster).into_iter().map(|edit| (0, Stroke::Edit(edit))));
        }
        if dice.once_in(8) {
            items.push((0, Stroke::Made(ownership::maker(&mut dice))));
            items.push((0, Stroke::Rule(Rule::Adopt)));
            if dice.once_in(3) {
                items.push((0, Stroke::Between(between(&mut dice, clusters))));
            }
        }
        let steps = 4 + dice.below(5);
        for step in 1..=steps {
            items.extend(strokes(&mut dice, clusters).into_iter().map(|stroke| (step, stroke)));
        }
        if dice.once_in(3) {
            items.push((steps + 1, Stroke::Destroy(dice.once_in(2))));
            if dice.once_in(4) {
                items.push((steps + 1, Stroke::Between(between(&mut dice, clusters))));
            }
        }
        let items = items.into_iter().enumerate().map(|(at, (step, stroke))| (at, step, stroke)).collect();
        Self { seed, items }
    }

    /// Only these of its items.
    pub(crate) fn only(mut self, kept: &[usize]) -> Self {
        self.items.retain(|(at, ..)| kept.contains(at));
        self
    }

    /// The items of each step; step 0 is always there.
    pub(crate) fn steps(&self) -> Vec<Vec<Stroke>> {
        let mut steps = vec![Vec::new()];
        let mut last = 0;
        for (_, step, stroke) in &self.items {
            if *step != last {
                steps.push(Vec::new());
                last = *step;
            }
            steps.last_mut().expect("there is one").push(stroke.clone());
        }
        steps
    }
}

/// A step: something changes in the manifests or on the cluster, or both.
fn strokes(dice: &mut Dice, clusters: usize) -> Vec<Stroke> {
    let mut strokes = Vec::new();
    let kind = dice.below(10);
    let cluster = dice.below(clusters);
    if dice.once_in(6) {
        strokes.extend(storage::edits(dice, cluster).into_iter().map(Stroke::Edit));
    } else if kind < 7 {
        for _ in 0..=dice.below(2) {
            let cluster = dice.below(clusters);
            strokes.push(Stroke::Edit(edit(dice, clusters, cluster)));
        }
    }
    let drifts = kind >= 5;
    if drifts {
        strokes.push(Stroke::Drift(drift(dice, clusters)));
    }
    let with_rules = drifts && dice.once_in(3);
    if with_rules {
        strokes.extend(ownership::rules(dice).into_iter().map(Stroke::Rule));
    }
    if dice.once_in(3) {
        // A plan that changes nothing is never stale.
        if !strokes.iter().any(|stroke| matches!(stroke, Stroke::Edit(_))) {
            strokes.push(Stroke::Edit(edit(dice, clusters, cluster)));
        }
        // What rules are about moves once more.
        let drifted = strokes.iter().find_map(|stroke| match stroke {
            Stroke::Drift(drift) if with_rules && dice.once_in(2) => again(dice, drift),
            _ => None,
        });
        let drift = drifted.unwrap_or_else(|| between(dice, clusters));
        strokes.push(Stroke::Between(drift));
    }
    strokes
}

#[test]
fn every_kind_of_stroke_is_drawn() {
    let drawn: Vec<Stroke> =
        (1..100).flat_map(|seed| Scenario::draw(seed).items.into_iter().map(|(.., stroke)| stroke)).collect();
    let kinds: [fn(&Stroke) -> bool; 16] = [
        |stroke| matches!(stroke, Stroke::Edit(Edit::AddCluster)),
        |stroke| matches!(stroke, Stroke::Edit(Edit::Set(0, pointer, _)) if pointer.contains("/storage")),
        |stroke| matches!(stroke, Stroke::Edit(Edit::Remove(..))),
        |stroke| matches!(stroke, Stroke::Edit(Edit::Companion("side", Some(_)))),
        |stroke| matches!(stroke, Stroke::Edit(Edit::Companion("front", Some(_)))),
        |stroke| matches!(stroke, Stroke::Drift(Drift::Patch(..))),
        |stroke| matches!(stroke, Stroke::Drift(Drift::FailOver(_))),
        |stroke| matches!(stroke, Stroke::Between(Drift::Share(..))),
        |stroke| matches!(stroke, Stroke::Between(Drift::Delete(_))),
        |stroke| matches!(stroke, Stroke::Drift(Drift::Delete(object)) if object.starts_with("persistentvolumeclaims/")),
        |stroke| matches!(stroke, Stroke::Between(Drift::Delete(object)) if object.starts_with("persistentvolumeclaims/")),
        |stroke| matches!(stroke, Stroke::Drift(Drift::Class(Some(false)))),
        |stroke| matches!(stroke, Stroke::Between(Drift::Class(None))),
        |stroke| matches!(stroke, Stroke::Rule(Rule::Field(..))),
        |stroke| matches!(stroke, Stroke::Made(_)),
        |stroke| matches!(stroke, Stroke::Destroy(true)),
    ];
    for (at, is_kind) in kinds.iter().enumerate() {
        assert!(drawn.iter().any(is_kind), "kind {at} is never drawn");
    }
}
