//! The end of every wait: looks on changes, never by polling; tells reasons; gives up when the time is over, and early when
//! there is no hope.

use std::{collections::BTreeMap, time::Duration};

use futures::{FutureExt as _, future::select_all};
use tokio::time::{Instant, sleep_until};

use super::{
    condition::State,
    terminal_state::{LogPlace, TerminalKey},
};
use crate::apply::{ApplyOptions, Event, failure::Failure, watch::WatchCache};

/// An unchanged reason is reported again after this time.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Reasons that change quickly are reported this often.
const BREATH: Duration = Duration::from_secs(2);

/// Why a wait ended without what it was for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GivenUp {
    pub(super) failure: Failure,
    /// Whose last words tell more.
    pub(super) log: Option<LogPlace>,
}

impl From<Failure> for GivenUp {
    fn from(failure: Failure) -> Self {
        Self { failure, log: None }
    }
}

/// How to wait.
pub(super) struct Wait<'a> {
    pub(super) address: &'a str,
    pub(super) options: &'a ApplyOptions,
    pub(super) tell: &'a (dyn Fn(Event) + Sync),
}

impl Wait<'_> {
    /// Looks whenever something changes in the caches, until it is met.
    pub(super) async fn until<T>(
        &self,
        caches: &mut [WatchCache],
        mut look: impl FnMut() -> State<T>,
    ) -> Result<T, GivenUp> {
        let begun = Instant::now();
        let end = begun + self.options.timeout;
        let mut told: Option<(String, Instant)> = None;
        let mut lasting: BTreeMap<TerminalKey, Instant> = BTreeMap::new();
        loop {
            for cache in caches.iter_mut() {
                cache.mark_seen();
            }
            let now = Instant::now();
            let (reason, terminal) = match look() {
                State::Met(value) => return Ok(value),
                State::Impossible(reason) => return Err(Failure::Failed(reason).into()),
                State::Pending { reason, terminal } => (reason, terminal),
            };
            lasting.retain(|key, _| terminal.iter().any(|state| state.key == *key));
            let mut next = end;
            for state in &terminal {
                let gives_up = *lasting.entry(state.key.clone()).or_insert(now) + self.options.give_up_after;
                if now >= gives_up {
                    let seconds = self.options.give_up_after.as_secs();
                    let failure = Failure::failed(format!("{} (for {seconds} s)", state.text));
                    return Err(GivenUp { failure, log: state.log.clone() });
                }
                next = next.min(gives_up);
            }
            if now >= end {
                let failure =
                    Failure::failed(format!("timed out after {} s: {reason}", self.options.timeout.as_secs()));
                return Err(GivenUp { failure, log: terminal.into_iter().find_map(|state| state.log) });
            }
            let due = match &told {
                None => now,
                Some((text, at)) if *text == reason => *at + HEARTBEAT,
                Some((_, at)) => *at + BREATH,
            };
            if due <= now {
                let waited = now - begun;
                (self.tell)(Event::Waiting { address: self.address.to_owned(), reason: reason.clone(), waited });
                told = Some((reason, now));
                next = next.min(now + HEARTBEAT);
            } else {
                next = next.min(due);
            }
            self.sleep(caches, next).await?;
        }
    }

    /// Until a cache changes or the time has come.
    async fn sleep(&self, caches: &mut [WatchCache], until: Instant) -> Result<(), Failure> {
        let mut changes: Vec<_> = caches.iter_mut().map(|cache| cache.changed().boxed()).collect();
        changes.push(std::future::pending().boxed());
        tokio::select! {
            () = self.options.stop.stopped() => Err(Failure::Stopped),
            _ = select_all(changes) => Ok(()),
            () = sleep_until(until) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::super::terminal_state::{TerminalCause, TerminalState};
    use super::*;
    use crate::apply::Stopper;

    /// Waits with a check that gets the elapsed time; returns the result, the reasons that were reported and the time.
    async fn play(
        options: &ApplyOptions,
        look: impl Fn(Duration) -> State<()>,
    ) -> (Result<(), Failure>, Vec<(u64, String)>, u64) {
        let told = Mutex::new(Vec::new());
        let tell = |event| {
            if let Event::Waiting { reason, waited, .. } = event {
                told.lock().unwrap_or_else(PoisonError::into_inner).push((waited.as_secs(), reason));
            }
        };
        let begun = Instant::now();
        let wait = Wait { address: "x", options, tell: &tell };
        let result = wait.until(&mut [], || look(begun.elapsed())).await.map_err(|given_up| given_up.failure);
        (result, told.into_inner().unwrap_or_default(), begun.elapsed().as_secs())
    }

    fn pending(reason: &str, terminal: &[&str]) -> State<()> {
        let state = |text: &&str| TerminalState::new("u", TerminalCause::CannotStart, format!("{text} hurts"));
        State::Pending { reason: reason.to_owned(), terminal: terminal.iter().map(state).collect() }
    }

    fn options() -> ApplyOptions {
        ApplyOptions { timeout: Duration::from_secs(300), ..ApplyOptions::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn an_unchanged_reason_is_told_every_ten_seconds_until_the_time_is_over() {
        let (result, told, took) = play(&options(), |_| pending("a", &[])).await;
        assert_eq!(result, Err(Failure::failed("timed out after 300 s: a")));
        assert_eq!((told.len(), told[1].clone(), took), (30, (10, "a".to_owned()), 300));
    }

    #[tokio::test(start_paused = true)]
    async fn a_terminal_state_that_lasts_ends_the_wait_early_and_one_that_heals_does_not() {
        let (result, _, took) = play(&options(), |_| pending("a", &["image"])).await;
        assert_eq!((result, took), (Err(Failure::failed("image hurts (for 90 s)")), 90));
        let (result, _, took) = play(&options(), |passed| {
            let healthy = passed >= Duration::from_secs(80) && passed < Duration::from_secs(95);
            if passed >= Duration::from_secs(160) {
                return State::Met(());
            }
            pending(if healthy { "b" } else { "a" }, if healthy { &[] } else { &["image"] })
        })
        .await;
        assert_eq!((result, took), (Ok(()), 160));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_wait_at_once() {
        let (stopper, stop) = Stopper::new();
        let options = ApplyOptions { stop, ..options() };
        let stopping = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            stopper.stop();
        };
        let ((result, _, took), ()) = tokio::join!(play(&options, |_| pending("a", &[])), stopping);
        assert_eq!((result, took), (Err(Failure::Stopped), 5));
    }

    #[tokio::test(start_paused = true)]
    async fn what_can_never_be_is_told_at_once() {
        let (result, told, took) = play(&options(), |_| State::Impossible("gone".to_owned())).await;
        assert_eq!((result, told, took), (Err(Failure::failed("gone")), vec![], 0));
    }
}
