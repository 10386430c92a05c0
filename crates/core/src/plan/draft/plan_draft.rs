//! Changes in their places, with what follows from them.

use iriskit_state::plan::{AllowanceName, FinishedUpgrade, Impact, Note, ResourceChange, ResourceDrift, Staying, Verb};
use std::collections::BTreeSet;

use crate::plan::{
    changes::{
        decided::Decided,
        examine::{Examined, OwnerInput},
    },
    impact::{
        license_key::{impact_of_new_key, license_keys},
        pending_restarts::{parameters_with_pods, pending_notes},
        predicted::add_impact,
        service_outages::{selector_outage, selects_others, service_outages},
    },
    live::Live,
    order::{
        arrange::{Arranged, Mirror, Placed, UpgradeOrder, arrange},
        stages::Place,
    },
};
use iriskit_kubernetes::schema::ObjectRef;

/// What a plan is made from.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a> {
    /// The clusters.
    pub(crate) owners: &'a [OwnerInput],
    /// Their objects after the first look; none when clusters are destroyed.
    pub(crate) examined: &'a [Examined],
    /// What was read.
    pub(crate) live: &'a Live,
}

/// A permission that a change needs.
pub(crate) struct Needed {
    /// The address of what needs it.
    pub(crate) address: String,
    /// Its name.
    pub(crate) name: AllowanceName,
    /// What it permits.
    pub(crate) reason: String,
}

/// A plan while it is made.
#[derive(Default)]
pub(crate) struct Draft {
    /// The changes, in no order yet.
    pub(crate) changes: Vec<Placed>,
    /// What they need.
    pub(crate) needed: Vec<Needed>,
    /// What is to be said.
    pub(crate) notes: Vec<Note>,
    /// What stays behind on purpose.
    pub(crate) staying: Vec<Staying>,
    /// What others changed.
    pub(crate) drift: Vec<ResourceDrift>,
    /// New versions that are finished, which the records don't know.
    pub(crate) finished_upgrades: Vec<FinishedUpgrade>,
    /// Whether volumes are kept on purpose, though some may go by themselves.
    pub(crate) keeps_volumes: bool,
}

impl Draft {
    /// A draft with what was found before any object was looked at.
    pub(crate) fn starting_with(notes: Vec<Note>) -> Self {
        Self { notes, ..Self::default() }
    }

    /// Adds what was decided on an object.
    pub(crate) fn add(&mut self, place: Place, object: ObjectRef, decided: Decided) {
        let address = object.address();
        let needed = |(name, reason)| Needed { address: address.clone(), name, reason };
        self.needed.extend(decided.allowances.into_iter().map(needed));
        self.notes.extend(decided.notes);
        if let Some(change) = decided.change {
            self.changes.push((place, object, change));
        }
    }

    /// The changes.
    pub(crate) fn changes(&self) -> impl Iterator<Item = &ResourceChange> {
        self.changes.iter().map(|(.., change)| change)
    }

    /// Whether anything is to be done.
    pub(crate) fn does_something(&self) -> bool {
        self.changes().any(|change| !change.is_no_op())
    }

    /// Puts every change where it belongs in this plan.
    pub(crate) fn arrange(&mut self, mirrors: &[Mirror], order: UpgradeOrder) {
        let Arranged { held_back, notes } = arrange(&mut self.changes, mirrors, order);
        self.needed.retain(|needed| !held_back.contains(&needed.address));
        self.notes.extend(notes);
    }

    /// Adds to each change what it does because of others.
    pub(crate) fn add_effects_across_objects(&mut self, inputs: Inputs<'_>) {
        let keys = license_keys(inputs.examined);
        for (_, object, change) in &mut self.changes {
            if keys.contains(object)
                && let Some(more) = impact_of_new_key(change)
            {
                add_impact(&mut change.impact, more);
            }
        }
        // What becomes of Services that are to select other pods is said of their own change.
        let other = |change: &&ResourceChange| change.change.actions == [Verb::Delete] || selects_others(change);
        let besides = self.changes().filter(other);
        let besides: BTreeSet<String> = besides.map(|change| change.address.clone()).collect();
        for (_, _, change) in &mut self.changes {
            if let Some(more) = service_outages(change, &besides, inputs.live) {
                add_impact(&mut change.impact, more);
            }
        }
        let lost: Vec<Option<Impact>> = {
            let changes: Vec<&ResourceChange> = self.changes().collect();
            changes.iter().map(|change| selector_outage(change, &changes, inputs.live)).collect()
        };
        for ((_, _, change), more) in self.changes.iter_mut().zip(lost) {
            if let Some(more) = more {
                add_impact(&mut change.impact, more);
            }
        }
        let changes: Vec<&ResourceChange> = self.changes().collect();
        let notes = pending_notes(&changes, inputs.owners, inputs.live);
        let parameters = parameters_with_pods(&changes, inputs.owners, inputs.live);
        self.notes.extend(notes);
        for ((_, _, change), parameters) in self.changes.iter_mut().zip(parameters) {
            change.impact.parameters = parameters;
        }
    }
}
