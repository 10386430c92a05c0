//! Taking the lock of a cluster: free, or left by who is gone; else it is waited for, or the run ends here.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use iriskit_core::plan::{
    OwnerName,
    lock::{Lock, lease_ref},
    planner::SeenRuns,
    preflight::MissingRight,
};
use iriskit_kubernetes::schema::ObjectRef;
use iriskit_state::lock::LockHolder;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{
    held::{HeldLease, HeldLocks},
    lease::{is_of, now, taken, version},
    options::LockOptions,
};
use crate::{
    apply::{ApplyError, Event, LockedBy},
    cluster::{ApiError, Cluster},
    survey::{has_ended, lock_state},
};

/// Who gets in between before we give up.
const ATTEMPTS: usize = 10;
/// How often it is looked whether a lock is free.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The versions of locks as they were looked at; `None` where there was none.
pub(in crate::apply) type SeenLocks = BTreeMap<OwnerName, Option<String>>;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::apply) enum Taken {
    /// It is held.
    Yes,
    /// Its namespace does not exist: there is nothing to lock yet.
    NoNamespace,
}

/// Looks at the locks of clusters before anything is checked, and waits for who works until the user's patience ends. Gives the
/// version of each, by which it is taken later: nobody may have had it in between.
pub(in crate::apply) async fn look(
    cluster: &Cluster,
    owners: &BTreeSet<OwnerName>,
    options: &LockOptions,
    tell: &(dyn Fn(Event) + Sync),
) -> Result<SeenLocks, ApplyError> {
    let deadline = Instant::now() + options.wait;
    let mut seen = SeenLocks::new();
    for owner in owners {
        let object = lease_ref(&owner.namespace, &owner.name);
        let lease = match cluster.get(&object).await {
            // The right is asked for with all others.
            Err(error) if error.is_forbidden_rbac() => continue,
            answer => answer.map_err(|error| failure(&object, error))?,
        };
        let (lease, _) = free(cluster, owner, lease, deadline, tell).await?;
        seen.insert(owner.clone(), version(lease.as_ref()));
    }
    Ok(seen)
}

/// Takes the lock of a cluster. `seen` is the version that it had when it was looked at.
pub(in crate::apply) async fn take(
    cluster: &Cluster,
    owner: &OwnerName,
    (holder, seen): (&LockHolder, Option<&Option<String>>),
    locks: &HeldLocks,
    tell: &(dyn Fn(Event) + Sync),
) -> Result<Taken, ApplyError> {
    let object = lease_ref(&owner.namespace, &owner.name);
    let failed = |error: ApiError| failure(&object, error);
    for _ in 0..ATTEMPTS {
        let live = cluster.get(&object).await.map_err(failed)?;
        let state = lock_state(cluster, live.as_ref());
        if seen.is_some_and(|seen| *seen != version(live.as_ref())) {
            return Err(locked(owner, LockedBy::between(&state)));
        }
        let left = match state {
            Lock::Held(holder) => return Err(locked(owner, LockedBy::Now(holder.to_string()))),
            Lock::Expired(holder) => Some(holder),
            Lock::Free(_) => None,
        };
        let body = taken(&object, live.as_ref(), holder, now(cluster));
        let answer = match &live {
            Some(_) => cluster.replace(&object, &body).await,
            None => cluster.create(&object, &body).await,
        };
        let found = match answer {
            Ok(found) => Some(found),
            Err(error) if error.is_not_found() && live.is_none() => return Ok(Taken::NoNamespace),
            Err(error) if error.code() == Some(409) || error.is_not_found() => None,
            Err(error) if error.is_ambiguous() => cluster.get(&object).await.map_err(failed)?,
            Err(error) => return Err(failed(error)),
        };
        if let Some(live) = found.filter(|found| is_of(found, &holder.id)) {
            if let Some(left) = left {
                let message =
                    format!("the lock was left by {left}, which ended without letting it go; it was taken over");
                tell(Event::Warning { address: Some(object.address()), message });
            }
            locks.add(HeldLease { object, id: holder.id.clone(), live });
            return Ok(Taken::Yes);
        }
    }
    Err(locked(owner, LockedBy::Now("another client".to_owned())))
}

/// Says who works on one of the clusters, as far as their locks were seen; waits for it until `deadline`. `true` when somebody
/// had to be waited for, so that what was read is old.
pub async fn wait_until_free(
    cluster: &Cluster,
    seen: &[SeenRuns],
    deadline: Instant,
    tell: &(dyn Fn(Event) + Sync),
) -> Result<bool, ApplyError> {
    let mut had_to_wait = false;
    for SeenRuns { owner, lease, .. } in seen {
        had_to_wait |= free(cluster, owner, lease.clone(), deadline, tell).await?.1;
    }
    Ok(had_to_wait)
}

/// The Lease when nobody works any more, and whether somebody had to be waited for.
async fn free(
    cluster: &Cluster,
    owner: &OwnerName,
    mut lease: Option<Value>,
    deadline: Instant,
    tell: &(dyn Fn(Event) + Sync),
) -> Result<(Option<Value>, bool), ApplyError> {
    let object = lease_ref(&owner.namespace, &owner.name);
    let (begun, mut waited) = (Instant::now(), false);
    while let Some(Lock::Held(holder)) = lease.as_ref().map(|lease| Lock::of(lease, now(cluster))) {
        if has_ended(&holder) {
            // It may have let go after this was read, and then something changed.
            let again = cluster.get(&object).await.map_err(|error| failure(&object, error))?;
            if version(again.as_ref()) == version(lease.as_ref()) {
                break;
            }
            (lease, waited) = (again, true);
            continue;
        }
        if Instant::now() >= deadline {
            return Err(locked(owner, LockedBy::Now(holder.to_string())));
        }
        let reason = format!("{holder} works on it");
        tell(Event::Waiting { address: object.address(), reason, waited: begun.elapsed() });
        sleep(LOOK_EVERY.min(deadline.saturating_duration_since(Instant::now()))).await;
        waited = true;
        lease = cluster.get(&object).await.map_err(|error| failure(&object, error))?;
    }
    Ok((lease, waited))
}

fn locked(owner: &OwnerName, by: LockedBy) -> ApplyError {
    ApplyError::Locked { owner: owner.id(), by }
}

fn failure(object: &ObjectRef, error: ApiError) -> ApplyError {
    if !error.is_forbidden_rbac() {
        return ApplyError::api(format!("taking the lock {object}"))(error);
    }
    let right = |verb: &str| MissingRight {
        verb: verb.to_owned(),
        kind: object.kind.clone(),
        namespace: object.namespace.clone(),
        names: vec![object.name.clone()],
    };
    ApplyError::Rights { missing: ["create", "get", "update"].map(right).to_vec() }
}
