//! How far rolls are: pods that were deleted of all that are to be, and how long each may take.

use std::{collections::BTreeMap, time::Duration};

use iriskit_state::plan::{Plan, PodEffect};

use super::took::took;

/// The rolls of a run.
#[derive(Debug)]
pub(super) struct Rolls {
    /// Pods that were begun and all that have their turn, by the address of their set.
    pods: BTreeMap<String, (usize, usize)>,
    /// How long one object may take; in a roll: each pod.
    limit: Duration,
}

impl Rolls {
    pub(super) fn of(plan: &Plan, limit: Duration) -> Self {
        let turns = |effect: PodEffect| matches!(effect, PodEffect::Restarts | PodEffect::Deleted);
        let of_change = |change: &iriskit_state::plan::ResourceChange| {
            let pods = change.impact.pods.iter().filter(|pod| turns(pod.effect)).count();
            (pods > 0).then(|| (change.address.clone(), (0, pods)))
        };
        Self { pods: plan.resource_changes.iter().filter_map(of_change).collect(), limit }
    }

    /// A pod of the set was deleted.
    pub(super) fn deleted(&mut self, address: &str) {
        if let Some((begun, _)) = self.pods.get_mut(address) {
            *begun += 1;
        }
    }

    /// `waiting 41 s of at most 30 min; pod 1 of 2 restarted`.
    pub(super) fn waiting(&self, address: &str, waited: Duration) -> String {
        format!("waiting {} of at most {}{}", took(waited), took(self.limit), self.far(address))
    }

    /// `; pod 1 of 2`, where pods have been deleted by role.
    pub(super) fn far(&self, address: &str) -> String {
        match self.pods.get(address) {
            Some((begun @ 1.., all)) => format!("; pod {begun} of {all}"),
            _ => String::new(),
        }
    }
}
