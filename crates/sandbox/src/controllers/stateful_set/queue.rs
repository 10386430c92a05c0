//! Which StatefulSets have to be looked at: those that a change since the last look may concern.

use std::collections::BTreeSet;

use crate::{
    key::{Key, Resource},
    store::{Change, Store},
};

/// How far the changes of the store have been read.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    position: u64,
}

impl Queue {
    /// The sets to look at, in the order of keys. With `all` every one, because time has passed.
    pub(super) fn take(&mut self, store: &Store, all: bool) -> Vec<Key> {
        let sets = store.keys(Resource::SETS, None);
        let changes = store.changes_after(self.position);
        let due = match changes {
            Ok(changes) if !all => concerned(&sets, changes),
            _ => sets,
        };
        self.position = store.version();
        due
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
