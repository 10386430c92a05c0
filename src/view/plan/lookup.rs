//! What several parts of the document need to know, all of it read from the plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::view::kind::{spoken, spoken_in_full};
use iriskit_state::plan::{
    Blocked, NoteId, Operation, Plan, PodEffect, PodImpact, ResourceChange, StageName, Verified,
};

/// What is looked up again and again.
pub(super) struct Lookup<'a> {
    pub(super) plan: &'a Plan,
    changes: BTreeMap<&'a str, &'a ResourceChange>,
    /// Whether names need their namespace.
    several_namespaces: bool,
}

impl<'a> Lookup<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let namespaces: BTreeSet<_> =
            plan.resource_changes.iter().filter_map(|change| change.namespace.as_deref()).collect();
        Self {
            plan,
            changes: plan.resource_changes.iter().map(|change| (change.address.as_str(), change)).collect(),
            several_namespaces: namespaces.len() > 1,
        }
    }

    pub(super) fn destroys(&self) -> bool {
        self.plan.operation == Operation::Destroy
    }

    /// Stages in which something happens, with what happens.
    pub(super) fn stages(&self) -> Vec<(StageName, Vec<&'a ResourceChange>)> {
        let happens =
            |address: &String| self.changes.get(address.as_str()).copied().filter(|change| !change.is_no_op());
        let stages = self.plan.stages.iter();
        stages
            .map(|stage| (stage.name, stage.changes.iter().filter_map(happens).collect::<Vec<_>>()))
            .filter(|(_, changes)| !changes.is_empty())
            .collect()
    }

    /// The name as it is shown.
    pub(super) fn name(&self, namespace: Option<&str>, name: &str) -> String {
        match namespace {
            Some(namespace) if self.several_namespaces => format!("{namespace}/{name}"),
            _ => name.to_owned(),
        }
    }

    /// `Role simple-mirror-labeler` for `Role/hospital/simple-mirror-labeler`.
    pub(super) fn spoken(&self, address: &str) -> String {
        if self.several_namespaces { spoken_in_full(address) } else { spoken(address) }
    }

    /// Pods with an effect, in the order of the plan.
    pub(super) fn pods(&self, effect: PodEffect) -> Vec<&'a PodImpact> {
        let stages = self.stages().into_iter().flat_map(|(_, changes)| changes);
        stages.flat_map(|change| &change.impact.pods).filter(|pod| pod.effect == effect).collect()
    }

    /// How many changes the server was not asked about, of how many.
    pub(super) fn unverified(&self) -> (usize, usize) {
        let changes = || self.plan.resource_changes.iter().filter(|change| !change.is_no_op());
        (changes().filter(|change| self.is_unverified(change)).count(), changes().count())
    }

    /// Whether the server was not asked about a change. What it refused has an error of its own.
    pub(super) fn is_unverified(&self, change: &ResourceChange) -> bool {
        change.verified == Verified::Local && !self.is_refused(change)
    }

    /// Whether the server refused it.
    pub(super) fn is_refused(&self, change: &ResourceChange) -> bool {
        let notes = &mut self.plan.notes.iter();
        notes.any(|note| note.id == NoteId::ServerRefuses && note.address.as_deref() == Some(&*change.address))
    }

    /// What blocks a change, if anything does.
    pub(super) fn blocked(&self, address: &str) -> Option<&'a Blocked> {
        self.plan.blocked.iter().find(|blocked| blocked.address == address)
    }

    /// The flags that allow everything: `--allow restart-primary,replace`. Documents before 1.1 don't have them.
    pub(super) fn allow(&self) -> Option<String> {
        if !self.plan.apply_flags.is_empty() {
            return Some(self.plan.apply_flags.clone());
        }
        let names: Vec<_> = self.plan.allowances.iter().map(|allowance| allowance.name.as_str()).collect();
        (!names.is_empty()).then(|| format!("--allow {}", names.join(",")))
    }
}
