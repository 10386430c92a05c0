//! What all changes of a run share, whatever is done to them.

use iriskit_state::plan::Plan;
use jiff::Timestamp;

use super::{ApplyOptions, Event, failure::Failure, live::LiveObjects, watch::WatchCaches};
use crate::cluster::Cluster;
use iriskit_core::plan::SecretValues;

/// What all changes of a run share.
pub(super) struct Context<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) plan: &'a Plan,
    pub(super) secret_values: &'a SecretValues,
    pub(super) options: &'a ApplyOptions,
    pub(super) tell: &'a (dyn Fn(Event) + Sync),
    /// The objects of the plan as they were before the first write.
    pub(super) live: &'a LiveObjects,
    pub(super) watches: &'a WatchCaches,
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
