//! A scenario on a stage: step after step is planned, applied and compared.

use std::collections::BTreeMap;

use iriskit_state::plan::Plan;

use crate::{
    compare::Seen,
    drift::cause_drift,
    history::History,
    manifests::Manifests,
    place::{Place, World},
    scenario::{Disturbance, Item, Scenario},
    step::{StepRun, Transition},
};

/// One scenario in so many is played by the real binary, where that can reach the place.
const BY_BINARY: u64 = 4;

/// How a scenario went.
#[derive(Debug, Default)]
pub(crate) struct Played {
    /// Transitions that were compared and equal.
    pub(crate) equal: usize,
    /// Of these: plans with errors, which nothing may do.
    pub(crate) refused: usize,
    /// Plans between which and their apply something moved: those that were refused for it, and those that it left valid.
    pub(crate) stale: usize,
    pub(crate) valid: usize,
    /// What came into the way, how often.
    pub(crate) disturbed: BTreeMap<&'static str, usize>,
    /// What did not agree in the one after them, which ends the scenario.
    pub(crate) found: Vec<String>,
    /// Which step that was.
    pub(crate) step: usize,
    /// The last plan that was carried out, and what was seen of that.
    pub(crate) last: Option<(Plan, Seen)>,
}

/// Plays a scenario until something does not agree. `None` when its place is switched off.
pub(crate) fn play(place: Place, scenario: &Scenario) -> Option<Played> {
    let world = World::open(place)?;
    let history = world.runtime.block_on(History::begin(&world));
    let mut manifests = Manifests::new(world.class());
    let mut played = Played::default();
    for (step, items) in scenario.steps().iter().enumerate() {
        // Whoever deleted it makes it again.
        world.runtime.block_on(async {
            if world.live_class().await.is_none() {
                world.set_class(Some(true)).await;
            }
        });
        let mut next = manifests.clone();
        // The real binary is killed, where there is one.
        let is_killed = |item: &Item| matches!(item, Item::Disturbed(Disturbance::Killed { .. }));
        let by_binary = scenario.seed.is_multiple_of(BY_BINARY) || items.iter().any(is_killed);
        let mut run = StepRun::new(&world, &history, items, by_binary);
        let (mut destroy, mut disturbance) = (None, None);
        for item in items {
            match item {
                Item::Edit(edit) if !world.serves(edit) => {}
                Item::Edit(edit) => next.edit(edit),
                Item::Drift(drift) => {
                    world.runtime.block_on(cause_drift(&world, drift));
                    run.disturbed.borrow_mut().extend(drift.disturbs());
                }
                Item::Destroy(data) => destroy = Some(*data),
                Item::Disturbed(found) => disturbance = Some(found),
                Item::AfterPlan(_) | Item::Rule(_) | Item::Made(_) => {}
            }
        }
        // What was made so far decides over what would be made: only now.
        for maker in items.iter().filter_map(|item| if let Item::Made(maker) = item { Some(maker) } else { None }) {
            run.made(&next, maker);
        }
        let turn = match (destroy, disturbance) {
            (Some(data), _) => run.destroy(&next, data),
            (None, Some(disturbance)) => run.apply_disturbed(&manifests, &next, disturbance),
            (None, None) => run.apply(&next),
        };
        for what in run.disturbed.take() {
            *played.disturbed.entry(what).or_default() += 1;
        }
        played.step = step;
        played.stale += run.stale.get();
        played.valid += run.valid.get();
        played.last = run.last.into_inner().or(played.last);
        match turn {
            Ok(Transition::Applied) => {
                played.equal += 1;
                manifests = next;
            }
            // Whoever is refused goes back to what was.
            Ok(Transition::Refused) => {
                played.equal += 1;
                played.refused += 1;
            }
            Ok(Transition::NothingToCompare) => {}
            Err(found) => {
                played.found = found;
                break;
            }
        }
    }
    Some(played)
}
