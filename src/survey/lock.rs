//! What a lock says at this moment.

use iriskit_core::plan::lock::{Holder, Lock};
use jiff::Timestamp;
use serde_json::Value;

use super::process::is_dead;
use crate::cluster::Cluster;

/// What a Lease says; a holder that is certainly gone is not waited for.
pub fn lock_state(cluster: &Cluster, lease: Option<&Value>) -> Lock {
    let Some(lease) = lease else { return Lock::Free(None) };
    match Lock::of(lease, cluster.server_time().unwrap_or_else(Timestamp::now)) {
        Lock::Held(holder) if has_ended(&holder) => Lock::Expired(holder),
        state => state,
    }
}

/// Whether the process that holds a lock is certainly gone.
pub fn has_ended(holder: &Holder) -> bool {
    holder.known.as_ref().and_then(|known| known.process.as_ref()).is_some_and(is_dead)
}
