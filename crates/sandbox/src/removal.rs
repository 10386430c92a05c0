//! Deleting: at once, or marked until finalizers and grace periods are over.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    clock::{Now, stamp},
    fields,
    key::Key,
    strategy::Strategy,
    world::World,
};

/// Finalizer of a deletion that waits for dependents.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";
/// Finalizer of a deletion that first lets go of dependents.
pub(crate) const ORPHAN: &str = "orphan";

/// What happens to dependents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// The garbage collector deletes them afterwards.
    Background,
    /// They go first.
    Foreground,
    /// They stay, without the owner.
    Orphan,
}

/// What a deletion did.
#[derive(Debug)]
pub(crate) enum Removal {
    /// The object is gone.
    Gone(Arc<Value>),
    /// The object stays for now.
    Kept(Arc<Value>),
}

impl World {
    /// The object as a deletion would leave it, and whether it would be gone.
    pub(crate) fn marked(
        strategy: &dyn Strategy,
        live: &Value,
        propagation: Option<Propagation>,
        grace: Option<i64>,
        now: Now,
    ) -> (Value, bool) {
        let mut new = live.clone();
        if let Some(propagation) = propagation {
            fields::set_finalizer(&mut new, FOREGROUND, propagation == Propagation::Foreground);
            fields::set_finalizer(&mut new, ORPHAN, propagation == Propagation::Orphan);
        }
        let wanted = strategy.grace_period(live, grace);
        // A second deletion may shorten the wait, not lengthen it.
        let running = fields::number(live, "/metadata/deletionGracePeriodSeconds");
        let grace = running.map_or(wanted, |running| running.min(wanted));
        let held = !fields::items(&new, "/metadata/finalizers").is_empty()
            || !fields::items(&new, "/spec/finalizers").is_empty();
        if grace == 0 && !held {
            return (new, true);
        }
        let first = !fields::is_terminating(&new);
        if first || fields::number(&new, "/metadata/deletionGracePeriodSeconds") != Some(grace) {
            let at = now.wall.checked_add(jiff::SignedDuration::from_secs(grace)).unwrap_or(now.wall);
            fields::set(&mut new, &["metadata", "deletionTimestamp"], Some(Value::from(stamp(at))));
            fields::set(&mut new, &["metadata", "deletionGracePeriodSeconds"], Some(json!(grace)));
        }
        if first && let Some(generation) = fields::number(&new, "/metadata/generation") {
            fields::set(&mut new, &["metadata", "generation"], Some(json!(generation.saturating_add(1))));
        }
        if first {
            strategy.mark_deleted(&mut new);
        }
        (new, false)
    }

    /// Deletes an object, as far as its finalizers and its grace period let it go.
    pub(crate) fn remove(
        &mut self,
        key: &Key,
        propagation: Option<Propagation>,
        grace: Option<i64>,
        now: Now,
    ) -> Option<Removal> {
        let live = self.get(key)?;
        let strategy = self.registry.resource(key.resource)?.strategy;
        let (new, gone) = Self::marked(strategy, &live, propagation, grace, now);
        if gone {
            return self.store.remove(key).map(Removal::Gone);
        }
        if new == *live {
            return Some(Removal::Kept(live));
        }
        Some(Removal::Kept(self.store.put(key.clone(), new)))
    }
}
