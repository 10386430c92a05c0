//! What comes into the way of a run.

use super::{after_plan::drift_after_plan, edits::edit};
use crate::{
    random::Random,
    scenario::{Disturbance, Drift},
};

const NODES: [&str; 4] = ["data", "compute", "webgateway", "arbiter"];

pub(crate) fn disturbance(random: &mut Random, clusters: usize) -> Disturbance {
    match random.below(16) {
        // A change of a few objects is over soon, a new cluster takes longer.
        0..=4 => {
            let most = *random.one_of(&[6, 20, 60]);
            Disturbance::Killed { after: random.below(most), expires: random.once_in(8) }
        }
        5..=7 => {
            let most = *random.one_of(&[6, 20]);
            let after = random.below(most);
            // Others do not wait for a pair to become whole.
            let drift = loop {
                let drift = drift_after_plan(random, clusters);
                if !matches!(drift, Drift::FailOver(_) | Drift::Class(_) | Drift::Restored | Drift::Again(..)) {
                    break drift;
                }
            };
            Disturbance::Meanwhile(after, drift)
        }
        8 | 9 => Disturbance::Held(random.word(&NODES)),
        10 => Disturbance::NoSuchImage(random.word(&NODES)),
        11 | 12 => Disturbance::Quota { room: random.below(3), after_plan: random.once_in(2) },
        13 | 14 => {
            let cluster = random.below(clusters);
            Disturbance::Another(edit(random, clusters, cluster))
        }
        _ => Disturbance::AtOnce,
    }
}
