//! Locks looked at, and let go by hand.

use iriskit_core::plan::{
    OwnerName,
    lock::{Holder, Lock, lease_ref},
};
use iriskit_kubernetes::{names::LOCK_HOLDER, views::Object};
use iriskit_state::lock::{ClusterLock, LockReport, LockState, REPORT_VERSION};

use super::lease::{let_go, now};
use crate::{
    cluster::{ApiError, Cluster},
    survey::lock_state,
};

/// Renewals that get in between before we give up.
const ATTEMPTS: usize = 10;

/// What came of letting a lock go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Released {
    /// It is free now.
    Yes,
    /// Its holder had let it go already.
    Already,
    /// It is not as it was looked at: another run holds it, or one that was thought gone was heard of.
    Changed(Box<ClusterLock>),
}

/// The locks of these clusters; of all that there are in the namespace when none is named.
pub async fn lock_report(cluster: &Cluster, namespace: &str, names: &[String]) -> Result<LockReport, ApiError> {
    let mut clusters = Vec::new();
    if names.is_empty() {
        for lease in cluster.list("coordination.k8s.io/v1", "Lease", Some(namespace), None).await?.items {
            let object = Object::new(&lease);
            if let (Some(_), Some(name)) = (object.annotation(LOCK_HOLDER), object.name().strip_suffix("-iriskit")) {
                clusters.push(cluster_lock(name, lock_state(cluster, Some(&lease))));
            }
        }
    }
    for name in names {
        let lease = cluster.get(&lease_ref(namespace, name)).await?;
        clusters.push(cluster_lock(name, lock_state(cluster, lease.as_ref())));
    }
    let (format_version, at) = (REPORT_VERSION.to_owned(), now(cluster).to_string());
    Ok(LockReport { format_version, at, namespace: namespace.to_owned(), clusters })
}

/// Lets the lock of a cluster go that is still held by whom `seen` says, whatever it has written since. That run stops before
/// its next write.
pub async fn release_lock(cluster: &Cluster, owner: &OwnerName, seen: &ClusterLock) -> Result<Released, ApiError> {
    let object = lease_ref(&owner.namespace, &owner.name);
    let mut conflict = None;
    for _ in 0..ATTEMPTS {
        let Some(lease) = cluster.get(&object).await? else { return Ok(Released::Already) };
        let is = cluster_lock(&owner.name, lock_state(cluster, Some(&lease)));
        if is.state == LockState::Free {
            return Ok(Released::Already);
        }
        let was_heard_of = seen.state == LockState::Expired && is.state == LockState::Held;
        if is.identity != seen.identity || was_heard_of {
            return Ok(Released::Changed(Box::new(is)));
        }
        match cluster.replace(&object, &let_go(&lease, now(cluster))).await {
            Ok(_) => return Ok(Released::Yes),
            Err(error) if error.is_not_found() => return Ok(Released::Already),
            // It was renewed in between; or the answer was lost, and what there is says what became of it.
            Err(error) if error.is_conflict() || error.is_ambiguous() => conflict = Some(error),
            Err(error) => return Err(error),
        }
    }
    conflict.map_or(Ok(Released::Already), Err)
}

fn cluster_lock(name: &str, lock: Lock) -> ClusterLock {
    let of = |state, identity, holder, renewed| ClusterLock { name: name.to_owned(), state, identity, holder, renewed };
    let held =
        |state, holder: Holder| of(state, Some(holder.identity), holder.known, holder.renewed.map(|at| at.to_string()));
    match lock {
        Lock::Free(last) => of(LockState::Free, None, last, None),
        Lock::Held(holder) => held(LockState::Held, holder),
        Lock::Expired(holder) => held(LockState::Expired, holder),
    }
}
