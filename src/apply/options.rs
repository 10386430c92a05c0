//! What the user said about the run, and how it is stopped.

use iriskit_state::plan::AllowanceName;
use std::{collections::BTreeSet, time::Duration};

use futures::{FutureExt as _, future::select_all};
use tokio::sync::watch;

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
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30 * 60),
            give_up_after: Duration::from_secs(90),
            allow: BTreeSet::new(),
            stop: Stop::never(),
        }
    }
}

/// Says that a run has to stop.
#[derive(Debug, Clone)]
pub struct Stopper(watch::Sender<bool>);

/// Knows whether a run has to stop: one of its stoppers said so.
#[derive(Debug, Clone)]
pub struct Stop(Vec<watch::Receiver<bool>>);

impl Stopper {
    /// A stopper and what it stops.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(vec![receiver]))
    }

    /// Stops the run: waits end at once, no further write is made.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Never stops.
    pub(crate) fn never() -> Self {
        Self(Vec::new())
    }

    /// Stops as soon as one of the two does.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// Whether it was stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.0.iter().any(|stopped| *stopped.borrow())
    }

    /// Done when it is stopped.
    pub async fn stopped(&self) {
        let mut waits: Vec<_> = self.0.iter().map(|stopped| said(stopped.clone()).boxed()).collect();
        waits.push(std::future::pending().boxed());
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
