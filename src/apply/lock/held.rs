//! The locks that a run holds.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::join_all;
use iriskit_kubernetes::{schema::ObjectRef, views::Object};
use jiff::Timestamp;
use serde_json::Value;

use super::lease::{is_of, let_go, now, renewed};
use crate::cluster::{ApiError, Cluster, DeleteOptions};

/// The Leases that a run holds. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(in crate::apply) struct HeldLocks(Arc<Mutex<Vec<HeldLease>>>);

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct HeldLease {
    pub(super) object: ObjectRef,
    /// The id under which it is held.
    pub(super) id: String,
    /// As it was written last.
    pub(super) live: Value,
}

/// What came of a renewal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Renewed {
    /// It is ours for another while.
    Yes,
    /// It could not be asked for; it may still be ours.
    Unknown(String),
    /// It is not ours any more.
    Lost(ObjectRef),
}

impl HeldLocks {
    pub(super) fn add(&self, lease: HeldLease) {
        self.all().push(lease);
    }

    /// Whether the Lease is held.
    pub(in crate::apply) fn has(&self, object: &ObjectRef) -> bool {
        self.all().iter().any(|held| held.object == *object)
    }

    /// Renews all of them. The first that is lost counts, then the first that is unknown.
    pub(super) async fn renew(&self, cluster: &Cluster) -> Renewed {
        let leases = self.all().clone();
        let results = join_all(leases.iter().map(|lease| write(cluster, lease, renewed))).await;
        let mut worst = Renewed::Yes;
        for (lease, result) in leases.iter().zip(results) {
            match result {
                Ok(Some(live)) => self.put(&lease.object, &live),
                Ok(None) if self.has(&lease.object) => return Renewed::Lost(lease.object.clone()),
                Err(error) if worst == Renewed::Yes => worst = Renewed::Unknown(error.to_string()),
                // What is not there was removed meanwhile, with its cluster.
                Ok(None) | Err(_) => {}
            }
        }
        worst
    }

    /// Lets all of them go.
    pub(in crate::apply) async fn let_go(&self, cluster: &Cluster) {
        let leases = std::mem::take(&mut *self.all());
        join_all(leases.into_iter().map(|lease| async move {
            // What fails here frees itself in time.
            if let Err(error) = write(cluster, &lease, let_go).await {
                tracing::debug!(%error, lease = %lease.object, "a lock could not be let go");
            }
        }))
        .await;
    }

    /// Lets one of them go for good, with the cluster that it was the lock of.
    pub(in crate::apply) async fn remove(&self, cluster: &Cluster, object: &ObjectRef) {
        let lease = {
            let mut all = self.all();
            all.iter().position(|held| held.object == *object).map(|at| all.swap_remove(at))
        };
        let Some(lease) = lease else { return };
        // By its uid alone: a renewal may be on its way.
        let uid = Object::new(&lease.live).uid().map(str::to_owned);
        let options = DeleteOptions { uid, ..DeleteOptions::default() };
        if let Err(error) = cluster.delete(object, &options).await {
            tracing::debug!(%error, lease = %object, "a lock could not be removed");
        }
    }

    fn put(&self, object: &ObjectRef, live: &Value) {
        for held in self.all().iter_mut().filter(|held| held.object == *object) {
            held.live.clone_from(live);
        }
    }

    fn all(&self) -> MutexGuard<'_, Vec<HeldLease>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a Lease that is held, as `change` makes it. The Lease as it is now; `None` when it is another's, or gone.
async fn write(
    cluster: &Cluster,
    held: &HeldLease,
    change: fn(&Value, Timestamp) -> Value,
) -> Result<Option<Value>, ApiError> {
    match cluster.replace(&held.object, &change(&held.live, now(cluster))).await {
        Ok(live) => Ok(Some(live)),
        Err(error) if error.code() == Some(409) || error.is_ambiguous() => {
            let Some(found) = cluster.get(&held.object).await? else { return Ok(None) };
            if !is_of(&found, &held.id) {
                return Ok(None);
            }
            // Ours, and written to by another, or by us without an answer.
            cluster.replace(&held.object, &change(&found, now(cluster))).await.map(Some)
        }
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
