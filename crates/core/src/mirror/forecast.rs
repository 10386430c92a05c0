//! How a roll will go: its rules, run to their end on a simulated mirror.

use iriskit_state::plan::Role;
use std::collections::BTreeSet;

use crate::mirror::{
    obstacle::Obstacle,
    replacement::{ReplacedPods, decide_replacement},
    roll::{Decision, RestartRule, RollTerms, decide},
    simulation::{Played, SimulatedMirror},
    state::MirrorState,
};

/// What happens, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forecast {
    /// The restarts, and what they wait for.
    pub events: Vec<Event>,
    /// What stands in the way of the end and does not pass by itself.
    pub blocked: Option<Blocked>,
    /// Pods that are left as they are: outdated, or without a claim.
    pub left_outdated: Vec<String>,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The rules wait for this to pass. Whatever comes after it happens only if it does.
    Waits(Obstacle),
    /// A member restarts.
    Restarts(Restart),
}

/// The restart of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restart {
    /// Its name.
    pub name: String,
    /// Its role when its turn comes, where it is known; the first time as it is now.
    pub role: Option<Role>,
    /// Why it is its turn.
    pub rule: RestartRule,
    /// Whether it is the primary then, or counts as primary where roles are unknown: the role moves.
    pub is_primary: bool,
    /// The member that is primary after it, where the role moves to one.
    pub successor: Option<String>,
}

/// Where a roll stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// What stands in the way.
    pub obstacle: Obstacle,
    /// What would be done next.
    pub next: Option<Restart>,
}

impl Forecast {
    /// The restarts alone.
    pub fn restarts(&self) -> impl Iterator<Item = &Restart> {
        self.events.iter().filter_map(|event| match event {
            Event::Restarts(restart) => Some(restart),
            Event::Waits(_) => None,
        })
    }
}

/// Foresees the restarts that [`decide`] asks for, one after the other. `was_primary` are the members that were primary on the
/// newest revision.
pub(crate) fn forecast(state: &MirrorState, terms: RollTerms, was_primary: &BTreeSet<String>) -> Forecast {
    let played = Played::Roll { blind: terms.blind };
    let simulated = SimulatedMirror::new(state, was_primary, played);
    run(simulated, RestartRule::PrimaryLast, |simulated| decide(simulated.state(), terms, simulated.was_primary()))
}

/// Foresees the replacement of pods that lack a claim, as [`decide_replacement`] asks for it.
pub(crate) fn forecast_replacement(state: &MirrorState, whose: ReplacedPods) -> Forecast {
    let played = match whose {
        ReplacedPods::Unmirrored => Played::Unmirrored,
        ReplacedPods::Mirrored { blind } => Played::Replacement { blind },
    };
    let simulated = SimulatedMirror::new(state, &BTreeSet::new(), played);
    run(simulated, RestartRule::ClaimsAdded, |simulated| decide_replacement(simulated.state(), whose))
}

/// Each decision is played. It comes to an end: what is restarted is new, what is waited for has passed, and none of it comes back.
/// `of_primary` is the rule by which the primary goes.
fn run(
    mut simulated: SimulatedMirror,
    of_primary: RestartRule,
    next: impl Fn(&SimulatedMirror) -> Decision,
) -> Forecast {
    let mut forecast = Forecast::default();
    loop {
        match next(&simulated) {
            Decision::Done => break,
            Decision::Delete { name, rule, .. } => {
                let restart = restart(&simulated, name, rule);
                let successor = simulated.restart(&restart.name);
                forecast.events.push(Event::Restarts(Restart { successor, ..restart }));
            }
            Decision::Wait(obstacle) => {
                if !simulated.pass(&obstacle) {
                    let next = match &obstacle {
                        Obstacle::NoBackup(primary) => Some(restart(&simulated, primary.clone(), of_primary)),
                        _ => None,
                    };
                    forecast.blocked = Some(Blocked { obstacle, next });
                    break;
                }
                forecast.events.push(Event::Waits(obstacle));
            }
        }
    }
    forecast.left_outdated = simulated.left_outdated();
    forecast
}

fn restart(simulated: &SimulatedMirror, name: String, rule: RestartRule) -> Restart {
    // To be primary is what this rule asks for.
    let hands_over = rule == RestartRule::BothPrimary;
    Restart {
        role: if hands_over { Some(Role::Primary) } else { simulated.known_role(&name) },
        is_primary: simulated.is_primary(&name),
        successor: None,
        rule,
        name,
    }
}

#[cfg(test)]
mod played;
#[cfg(test)]
mod tests;
