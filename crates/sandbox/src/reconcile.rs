//! The steps in which the controllers of a cluster work. A pass of a controller is deterministic; passes are repeated until
//! nothing changes.

use super::{
    clock::Now,
    controllers::{garbage, mirror},
    kinds,
    world::World,
};

/// Passes of all controllers in one step; a bound against controllers that undo one another's work for ever.
const MOST_PASSES: usize = 200;

/// Runs all controllers until nothing changes any more, when a step is due.
pub(crate) fn step(world: &mut World, now: Now) {
    if !world.is_due(now) {
        return;
    }
    for _ in 0..MOST_PASSES {
        let before = world.store.version();
        garbage::reconcile(world, now);
        for reconcile in kinds::controllers() {
            reconcile(world, now);
        }
        mirror::reconcile(world, now);
        if world.store.version() == before {
            world.timers.forget_passed(now.instant);
            return;
        }
    }
    world.restless += 1;
    tracing::warn!(steps = world.restless, "controllers of the sandbox do not come to rest");
    world.stir(now);
}
