//! What all changes of a run share, whatever is done to them.

use iriskit_state::{lock::LockHolder, plan::Plan};
use jiff::Timestamp;

use super::{
    ApplyOptions, Event, failure::Failure, live::LiveObjects, lock::HeldLocks, record::Books, watch::WatchCaches,
};
use crate::cluster::Cluster;
use iriskit_core::plan::SecretValues;

/// What all changes of a run share.
pub(super) struct Context<'a> {
    /// Its changes pass the gate of the run's stop.
    pub(super) cluster: &'a Cluster,
    /// The same cluster for the records, in which what was done is written down after a stop as well.
    pub(super) books: &'a Cluster,
    pub(super) plan: &'a Plan,
    pub(super) secret_values: &'a SecretValues,
    pub(super) options: &'a ApplyOptions,
    pub(super) tell: &'a (dyn Fn(Event) + Sync),
    /// The objects of the plan as they were before the first write.
    pub(super) live: &'a LiveObjects,
    pub(super) watches: &'a WatchCaches,
    /// The locks that it holds.
    pub(super) locks: &'a HeldLocks,
    /// What the run says of itself.
    pub(super) holder: &'a LockHolder,
    /// The records of its clusters.
    pub(super) records: &'a Books,
    /// When the run began, by the server's clock: older events are not about it.
    pub(super) began: Timestamp,
}

impl Context<'_> {
    /// Whether the next write may be made: after a stop none is begun. Asked right before each of them.
    pub(super) fn may_write(&self) -> Result<(), Failure> {
        if self.options.stop.is_stopped() { Err(Failure::Stopped) } else { Ok(()) }
    }

    /// The server's time.
    pub(super) fn now(&self) -> Timestamp {
        self.cluster.server_time().unwrap_or_else(Timestamp::now)
    }
}
