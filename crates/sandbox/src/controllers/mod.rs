//! The controllers of a cluster, each as one pass over all objects. A pass is deterministic; passes are repeated until
//! nothing changes (`World::step`).

mod events;
mod garbage;
mod mirror;
mod namespaces;
mod pod_status;
mod pods;
mod quotas;
mod stateful_set;
mod volumes;

use super::{clock::Now, world::World};

pub(crate) use garbage::Watched;
pub(crate) use mirror::fail_over;
pub(crate) use stateful_set::Queue;

/// One pass of every controller.
pub(crate) fn pass(world: &mut World, now: Now) {
    namespaces::pass(world, now);
    garbage::pass(world, now);
    stateful_set::pass(world, now);
    volumes::pass(world, now);
    pods::pass(world, now);
    mirror::pass(world, now);
    quotas::pass(world, now);
}
