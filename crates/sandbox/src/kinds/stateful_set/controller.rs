//! The StatefulSet controller: pods with names that stay, one by one.

use super::{queue, sync};
use crate::{clock::Now, world::World};

/// One look at every StatefulSet that something may have happened to.
pub(crate) fn reconcile(world: &mut World, now: Now) {
    let all = world.timers.any_passed(&[sync::RETRY, sync::AVAILABLE], now.instant);
    for key in queue::take(world, all) {
        sync::sync(world, &key, now);
    }
}
