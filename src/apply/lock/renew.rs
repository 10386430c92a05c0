//! The locks of a run are renewed until it ends. When one is lost, the gates of the run close.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::{
    held::{HeldLocks, Renewed},
    lease::{RENEW_EVERY, WRITES_FOR},
};
use crate::cluster::{Cluster, WriteGate};

/// Before a renewal that failed is tried again.
const AGAIN: Duration = Duration::from_secs(2);
/// How long one renewal may take.
const LIMIT: Duration = Duration::from_secs(10);

/// A task that renews. It ends with this value.
#[derive(Debug)]
pub(in crate::apply) struct Renewal {
    task: JoinHandle<()>,
    lost: Arc<Mutex<Option<String>>>,
    gates: Vec<WriteGate>,
}

/// Why a lock is lost of which nobody knows whether it still is ours.
const TOO_LATE: &str = "it could not be renewed in time";

impl Renewal {
    /// Begins, with locks that were taken after `taken`.
    pub(in crate::apply) fn begin(cluster: &Cluster, locks: &HeldLocks, taken: Instant, gates: Vec<WriteGate>) -> Self {
        let lost = Arc::new(Mutex::new(None));
        let end = taken + WRITES_FOR;
        close_at(&gates, end);
        let task = tokio::spawn(keep(cluster.clone(), locks.clone(), end, gates.clone(), Arc::clone(&lost)));
        Self { task, lost, gates }
    }

    /// Why a lock is lost, if one is.
    pub(in crate::apply) fn lost(&self) -> Option<String> {
        let told = self.lost.lock().unwrap_or_else(PoisonError::into_inner).clone();
        told.or_else(|| self.gates.iter().any(WriteGate::is_over).then(|| TOO_LATE.to_owned()))
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn close_at(gates: &[WriteGate], end: Instant) {
    for gate in gates {
        gate.close_at(end);
    }
}

async fn keep(
    cluster: Cluster,
    locks: HeldLocks,
    mut end: Instant,
    gates: Vec<WriteGate>,
    lost: Arc<Mutex<Option<String>>>,
) {
    let mut pause = RENEW_EVERY;
    let why = loop {
        tokio::select! {
            () = sleep(pause) => {}
            () = tokio::time::sleep_until(end) => break TOO_LATE.to_owned(),
        }
        // The clock that wakes us stands still while the machine sleeps.
        if gates.iter().any(WriteGate::is_over) {
            break TOO_LATE.to_owned();
        }
        let begun = Instant::now();
        let limit = LIMIT.min(end.saturating_duration_since(begun));
        match tokio::time::timeout(limit, locks.renew(&cluster)).await {
            Ok(Renewed::Yes) => {
                end = begun + WRITES_FOR;
                close_at(&gates, end);
                pause = RENEW_EVERY;
            }
            Ok(Renewed::Lost(object)) => break format!("{object} is not ours any more"),
            Ok(Renewed::Unknown(error)) => {
                tracing::debug!(error, "a lock could not be renewed");
                pause = AGAIN;
            }
            Err(_) => pause = AGAIN,
        }
    };
    *lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    for gate in gates {
        gate.close();
    }
}
