//! Who works on clusters, as text.

use iriskit_core::plan::lock::{Holder, describe};
use iriskit_state::lock::{ClusterLock, LockReport, LockState};
use jiff::Timestamp;

use super::moment;
use crate::ui::clean;

/// A line for each cluster.
pub fn lock_text(report: &LockReport) -> String {
    if report.clusters.is_empty() {
        return clean(&format!("Nobody has worked on a cluster of namespace {} yet.", report.namespace)).into_owned()
            + "\n";
    }
    let line = |lock: &ClusterLock| lock_line(&report.namespace, lock, &report.at) + "\n";
    report.clusters.iter().map(line).collect()
}

/// A lock in words, with the cluster's name before it.
pub fn lock_line(namespace: &str, lock: &ClusterLock, now: &str) -> String {
    clean(&format!("{namespace}/{}: {}", lock.name, told(lock, now))).into_owned()
}

fn told(lock: &ClusterLock, now: &str) -> String {
    let holder = || {
        let renewed = lock.renewed.as_ref().and_then(|at| at.parse::<Timestamp>().ok());
        Holder { identity: lock.identity.clone().unwrap_or_default(), known: lock.holder.clone(), renewed }
    };
    let ago = lock.renewed.as_ref().map(|at| moment::ago(at, now));
    match (lock.state, ago) {
        (LockState::Free, _) => match &lock.holder {
            None => "free".to_owned(),
            Some(last) => format!("free; last held by {}", describe(last)),
        },
        (LockState::Held, Some(ago)) => format!("held by {}, renewed {ago}", holder()),
        (LockState::Held, None) => format!("held by {}", holder()),
        (LockState::Expired, Some(ago)) => {
            format!("left by {}, renewed last {ago}: the next run takes it over", holder())
        }
        (LockState::Expired, None) => format!("left by {}: the next run takes it over", holder()),
    }
}
