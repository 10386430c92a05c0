//! How a run takes its locks, and what it says of itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::Duration,
};

use iriskit_core::plan::OwnerName;
use iriskit_state::{
    lock::{FORMAT_VERSION, LockHolder},
    plan::{Operation, Plan},
    random_id,
};
use jiff::Timestamp;

use super::held::HeldLocks;
use crate::{cluster::Cluster, survey::this_process};

/// How a run takes its locks.
#[derive(Debug, Clone, Default)]
pub struct LockOptions {
    /// How long to wait for whoever works.
    pub wait: Duration,
    /// The ids of plans that the records knew when the plan was made: whoever began another one since then worked on a cluster
    /// that the plan does not know.
    pub seen: BTreeMap<OwnerName, BTreeSet<String>>,
    /// Clusters in whose records a run is left that was killed. Their records are brought up to date even when the plan changes
    /// nothing of them.
    pub killed: BTreeSet<OwnerName>,
    /// The locks of the run, for who leaves it before its end.
    pub locks: Locks,
}

/// The locks of a run.
#[derive(Debug, Clone, Default)]
pub struct Locks(HeldLocks);

impl Locks {
    pub(in crate::apply) fn held(&self) -> &HeldLocks {
        &self.0
    }

    /// Lets them go, as far as the server can be asked in this time. For a run that is not polled any more.
    pub async fn let_go(&self, cluster: &Cluster, limit: Duration) {
        // They expire by themselves.
        let _ = tokio::time::timeout(limit, self.0.let_go(cluster)).await;
    }
}

/// What this run says of itself.
pub(in crate::apply) fn holder(cluster: &Cluster, plan: &Plan) -> LockHolder {
    let process = this_process();
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let pid = std::process::id();
    LockHolder {
        format_version: FORMAT_VERSION.to_owned(),
        // Without randomness the time is unique enough: the Lease is compared and swapped.
        id: random_id().unwrap_or_else(|| format!("{pid}-{}", Timestamp::now().as_nanosecond())),
        user: cluster.connection().user.clone().or_else(|| variable("USER")).or_else(|| variable("USERNAME")),
        host: variable("HOSTNAME").or_else(hostname).or_else(|| variable("COMPUTERNAME")),
        process,
        command: match plan.operation {
            Operation::Apply => "apply".to_owned(),
            Operation::Destroy => "destroy".to_owned(),
        },
        plan: plan.id.clone(),
        since: cluster.server_time().unwrap_or_else(Timestamp::now).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        iriskit_version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn hostname() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| fs::read_to_string("/etc/hostname")).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
