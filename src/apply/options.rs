//! What the user said about the run, and how it is stopped.

use std::{collections::BTreeSet, time::Duration};

use iriskit_state::plan::AllowanceName;
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

/// Knows whether a run has to stop.
#[derive(Debug, Clone)]
pub struct Stop(Option<watch::Receiver<bool>>);

impl Stopper {
    /// A stopper and what it stops.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(Some(receiver)))
    }

    /// Stops the run: waits end at once, no further write is made.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Never stops.
    pub fn never() -> Self {
        Self(None)
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.0.as_ref().is_some_and(|stopped| *stopped.borrow())
    }

    /// Done when it is stopped.
    pub async fn stopped(&self) {
        if let Some(stopped) = &self.0 {
            let mut stopped = stopped.clone();
            if stopped.wait_for(|stopped| *stopped).await.is_ok() {
                return;
            }
        }
        std::future::pending::<()>().await;
    }
}
