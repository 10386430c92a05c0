//! What a seed draws: clusters, then step after step what their manifests and other people change. A scenario is a flat
//! list of items, so that a shorter one is the same list with some left out.

use serde_json::Value;

use crate::dice::Dice;
use crate::draws::drifts::drift;
use crate::draws::edits::edit;
use crate::draws::storage;
use crate::draws::topology::topology;

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
    /// Merge patch by a manager on an object (`services/a`).
    Patch(&'static str, &'static str, Value),
    /// Server-side apply with force by a manager.
    Apply(&'static str, &'static str, Value),
    Delete(&'static str),
    FailOver(&'static str),
}

/// One item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stroke {
    Edit(Edit),
    Drift(Drift),
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
            items.extend(topology(&mut dice, cluster).into_iter().map(|edit| (0, Stroke::Edit(edit))));
        }
        let steps = 4 + dice.below(5);
        for step in 1..=steps {
            let kind = dice.below(10);
            let cluster = dice.below(clusters);
            if dice.once_in(6) {
                items.extend(storage::edits(&mut dice, cluster).into_iter().map(|edit| (step, Stroke::Edit(edit))));
            } else if kind < 7 {
                for _ in 0..=dice.below(2) {
                    let cluster = dice.below(clusters);
                    items.push((step, Stroke::Edit(edit(&mut dice, cluster))));
                }
            }
            if kind >= 5 {
                items.push((step, Stroke::Drift(drift(&mut dice))));
            }
        }
        if dice.once_in(3) {
            items.push((steps + 1, Stroke::Destroy(dice.once_in(2))));
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
