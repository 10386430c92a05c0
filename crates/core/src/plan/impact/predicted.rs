//! What is predicted of a change, as a value.

use iriskit_state::plan::{AllowanceName, Impact, Note, PodEffect, PodImpact};

use crate::mirror::{Forecast, ReplacedPods, Restart, RollTerms};

/// Impact of a change and what follows from it for the plan.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Predicted {
    /// The impact.
    pub impact: Impact,
    /// Named permissions that it needs, with the reason.
    pub allowances: Vec<(AllowanceName, String)>,
    /// Whether iriskit itself has to roll the pods.
    pub roll: Option<RollTerms>,
    /// Whether iriskit itself has to replace pods that lack a claim; a roll would not come to its end.
    pub replaced: Option<ReplacedPods>,
    /// Outdated pods that keep Kubernetes from rolling the set and that iriskit deletes, with their uids.
    pub stuck: Vec<(String, String)>,
    /// Members that have been primary in the new version already, in an earlier run.
    pub was_primary: Vec<String>,
    /// The pod before which a roll would stop as things are, and why.
    pub stops_at: Option<(String, String)>,
    /// What stops the plan.
    pub notes: Vec<Note>,
}

impl Predicted {
    /// Pods that stay on the old revision.
    pub(crate) fn of_left_outdated(pods: Vec<String>) -> Self {
        Self { impact: Impact { left_outdated: pods, ..Impact::default() }, ..Self::default() }
    }

    /// The restarts of a forecast. What can't be done as things are stands last, as what is asked.
    pub(crate) fn of_restarts(forecast: &Forecast) -> Self {
        let stopped = forecast.blocked.as_ref().and_then(|blocked| Some((blocked.next.as_ref()?, &blocked.obstacle)));
        let restarts: Vec<&Restart> = forecast.restarts().chain(stopped.map(|(next, _)| next)).collect();
        let mut predicted = Self {
            stops_at: stopped.map(|(next, obstacle)| (next.name.clone(), obstacle.to_string())),
            ..Self::default()
        };
        predicted.impact.primary_moves = restarts.iter().filter(|restart| restart.is_primary).count();
        predicted.impact.pods = restarts.into_iter().map(restarting).collect();
        predicted
    }

    /// Both, this one first.
    pub(crate) fn and(mut self, other: Self) -> Self {
        let Self { impact, allowances, roll, replaced, stuck, was_primary, stops_at, notes } = other;
        add_impact(&mut self.impact, impact);
        self.allowances.extend(allowances);
        self.roll = roll.or(self.roll);
        self.replaced = replaced.or(self.replaced);
        self.stuck.extend(stuck);
        self.was_primary.extend(was_primary);
        self.stops_at = stops_at.or(self.stops_at);
        self.notes.extend(notes);
        self
    }

    /// Both; what the other says of a volume stands in place of what this one says of it.
    pub(crate) fn and_of_volumes(mut self, other: Self) -> Self {
        let said = |claim: &str| other.impact.volumes.iter().any(|volume| volume.claim == claim);
        self.impact.volumes.retain(|volume| !said(&volume.claim));
        self.and(other)
    }
}

/// Adds everything that another impact says.
pub(crate) fn add_impact(impact: &mut Impact, more: Impact) {
    let Impact {
        class,
        pods,
        unordered,
        left_outdated,
        primary_moves,
        volumes,
        unavailable,
        irreversible,
        services,
        images,
        parameters,
        effects,
        rules,
    } = more;
    impact.class = impact.class.max(class);
    impact.pods.extend(pods);
    impact.unordered |= unordered;
    impact.left_outdated.extend(left_outdated);
    impact.primary_moves += primary_moves;
    impact.volumes.extend(volumes);
    impact.unavailable.extend(unavailable);
    impact.irreversible = irreversible.or(impact.irreversible.take());
    impact.services.extend(services);
    impact.images.extend(images);
    impact.parameters.extend(parameters);
    impact.effects.extend(effects);
    impact.rules.extend(rules);
}

fn restarting(restart: &Restart) -> PodImpact {
    PodImpact {
        pod: restart.name.clone(),
        role: restart.role,
        successor: restart.successor.clone(),
        effect: PodEffect::Restarts,
        rule: Some(restart.rule.id()),
    }
}
