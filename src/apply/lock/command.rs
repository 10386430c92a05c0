//! Locks looked at, and let go by hand.

use iriskit_core::plan::{
    OwnerName,
    lock::{Lock, lease_ref},
};
use iriskit_kubernetes::{names::LOCK_HOLDER, views::Object};
use serde_json::Value;

use super::lease::{let_go, now};
use crate::{
    cluster::{ApiError, Cluster},
    survey::lock_state,
};

/// The lock of a cluster as it was looked at.
#[derive(Debug)]
pub struct LockStatus {
    /// The cluster.
    pub owner: OwnerName,
    /// What its Lease says.
    pub lock: Lock,
    lease: Option<Value>,
}

/// The locks of these clusters; of all that there are in the namespace when none is named.
pub async fn lock_status(cluster: &Cluster, namespace: &str, names: &[String]) -> Result<Vec<LockStatus>, ApiError> {
    let mut all = Vec::new();
    if names.is_empty() {
        for lease in cluster.list("coordination.k8s.io/v1", "Lease", Some(namespace), None).await?.items {
            let object = Object::new(&lease);
            if let (Some(_), Some(name)) = (object.annotation(LOCK_HOLDER), object.name().strip_suffix("-iriskit")) {
                all.push((name.to_owned(), Some(lease)));
            }
        }
    }
    for name in names {
        all.push((name.clone(), cluster.get(&lease_ref(namespace, name)).await?));
    }
    let status = |(name, lease): (String, Option<Value>)| {
        let owner = OwnerName { namespace: namespace.to_owned(), name };
        LockStatus { owner, lock: lock_state(cluster, lease.as_ref()), lease }
    };
    Ok(all.into_iter().map(status).collect())
}

/// Lets a lock go that another run holds, when it is still as it was looked at. That run stops before its next write.
pub async fn release_lock(cluster: &Cluster, status: &LockStatus) -> Result<(), ApiError> {
    let Some(lease) = &status.lease else { return Ok(()) };
    let object = lease_ref(&status.owner.namespace, &status.owner.name);
    cluster.replace(&object, &let_go(lease, now(cluster))).await.map(|_| ())
}
