//! Which StatefulSets have to be looked at: those that a change since the last look may concern.

use std::collections::BTreeSet;

use crate::{
    key::{Key, Resource},
    store::Change,
    world::World,
};

/// The sets to look at, in the order of keys. With `all` every one, because time has passed.
pub(super) fn take(world: &mut World, all: bool) -> Vec<Key> {
    let position = world.catch_up("StatefulSet");
    let sets = world.store.keys(Resource::SETS, None);
    match world.store.changes_after(position) {
        Ok(changes) if !all => concerned(&sets, changes),
        _ => sets,
    }
}

fn concerned<'a>(sets: &[Key], changes: impl Iterator<Item = &'a Change>) -> Vec<Key> {
    let mut due = BTreeSet::new();
    for change in changes {
        let key = &change.key;
        // The names of all that belongs to a set contain its own.
        let concerns: fn(&Key, &Key) -> bool = match key.resource {
            Resource::SETS => |key, set| key == set,
            Resource::PODS | Resource::CLAIMS | Resource::REVISIONS => {
                |key, set| key.namespace == set.namespace && key.name.contains(&set.name)
            }
            Resource::SERVICE_ACCOUNTS => |key, set| key.namespace == set.namespace,
            _ => continue,
        };
        due.extend(sets.iter().filter(|set| concerns(key, set)).cloned());
    }
    due.into_iter().collect()
}
