//! What the user said about the run, and how it is stopped.

use iriskit_state::plan::AllowanceName;
use std::{collections::BTreeSet, time::Duration};

use futures::{FutureExt as _, future::select_all};
use tokio::sync::watch;

use super::{follow::Follower, lock::LockOptions};
use crate::cluster::WriteGate;

/// Where a plan comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanOrigin {
    /// This process made it: what it says is what its steps do.
    ThisProcess,
    /// A file, which anybody may have changed.
    File,
}

/// What the user said about the run.
#[derive(Debug, Clone)]
pub struct ApplyOptions {
    /// How long an object may take; a roll gets it for each of its pods.
    pub timeout: Duration,
    /// How long a state that heals rarely (an image that can't be pulled, a crash loop) may last.
    pub give_up_after: Duration,
    /// The allowances that were given.
    pub allow: BTreeSet<AllowanceName>,
    /// Stops the run before its next write.
    pub stop: Stop,
    /// How its locks are taken.
    pub lock: LockOptions,
    /// Whether the plan's words are held against its steps.
    pub origin: PlanOrigin,
    /// Knows how far the run came while it works.
    pub follower: Follower,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30 * 60),
            give_up_after: Duration::from_secs(90),
            allow: BTreeSet::new(),
            stop: Stop::never(),
            lock: LockOptions::default(),
            origin: PlanOrigin::File,
            follower: Follower::default(),
        }
    }
}

/// Says that a run has to stop.
#[derive(Debug, Clone)]
pub struct Stopper {
    said: watch::Sender<bool>,
    gate: WriteGate,
}

/// Knows whether a run has to stop: one of its stoppers said so.
#[derive(Debug, Clone)]
pub struct Stop {
    stoppers: Vec<watch::Receiver<bool>>,
    /// Every change of the run passes it.
    gate: WriteGate,
}

impl Stopper {
    /// A stopper and what it stops.
    pub fn new() -> (Self, Stop) {
        let ((said, receiver), gate) = (watch::channel(false), WriteGate::default());
        (Self { said, gate: gate.clone() }, Stop { stoppers: vec![receiver], gate })
    }

    /// Stops the run: waits end at once, and no change is sent that had not been sent, wherever it waits. Says how many
    /// were sent before and are not answered.
    pub fn stop(&self) -> usize {
        let on_their_way = self.gate.close();
        self.said.send_replace(true);
        on_their_way
    }
}

impl Stop {
    /// Never stops.
    pub(crate) fn never() -> Self {
        Self { stoppers: Vec::new(), gate: WriteGate::default() }
    }

    /// Stops as soon as one of the two does. Changes pass the gate of the first.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self { stoppers: self.stoppers.iter().chain(&other.stoppers).cloned().collect(), gate: self.gate.clone() }
    }

    /// What every change of the run passes.
    pub(super) fn gate(&self) -> &WriteGate {
        &self.gate
    }

    /// Whether it was stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.gate.is_closed() || self.stoppers.iter().any(|stopped| *stopped.borrow())
    }

    /// Done when it is stopped.
    pub async fn stopped(&self) {
        let mut waits: Vec<_> = self.stoppers.iter().map(|stopped| said(stopped.clone()).boxed()).collect();
        waits.push(self.gate.closed().boxed());
        select_all(waits).await;
    }
}

/// Never where the stopper is gone.
async fn said(mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_of_two_stoppers_is_enough() {
        for first in [true, false] {
            let ((one, stop), (other, other_stop)) = (Stopper::new(), Stopper::new());
            let both = stop.or(&other_stop).or(&Stop::never());
            assert!(!both.is_stopped());
            if first {
                one.stop();
            } else {
                other.stop();
            }
            assert!(both.is_stopped());
            both.stopped().await;
        }
    }
}
