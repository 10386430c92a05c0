//! How long things take in the sandbox, and who waits for what.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

/// How long the parts of the cluster that are only played take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From a write until controllers see it.
    pub react: Duration,
    /// From the start of a pod until it is ready.
    pub pod_ready: Duration,
    /// From the deletion of a pod until it is gone.
    pub pod_gone: Duration,
    /// From the start of a mirror member until it is caught up.
    pub catch_up: Duration,
}

impl Default for Timing {
    /// Fast enough that an apply of a whole cluster takes about a second.
    fn default() -> Self {
        Self {
            react: Duration::from_millis(1),
            pod_ready: Duration::from_millis(20),
            pod_gone: Duration::from_millis(10),
            catch_up: Duration::from_millis(30),
        }
    }
}

/// Dead-lines by object and purpose.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    running: BTreeMap<(String, &'static str), Instant>,
}

impl Timers {
    /// Whether `delay` has passed since this was first asked for the object and purpose. A timer that has run out
    /// is forgotten, so that the next question starts anew.
    pub(crate) fn passed(&mut self, uid: &str, purpose: &'static str, delay: Duration, now: Instant) -> bool {
        let id = (uid.to_owned(), purpose);
        let at = *self.running.entry(id.clone()).or_insert(later(now, delay));
        if at > now {
            return false;
        }
        self.running.remove(&id);
        true
    }

    /// Makes sure that there is a step after `delay`, for something that is then looked at anew.
    pub(crate) fn start(&mut self, uid: &str, purpose: &'static str, delay: Duration, now: Instant) {
        if !self.runs(uid, purpose, now) {
            self.running.insert((uid.to_owned(), purpose), later(now, delay));
        }
    }

    /// Whether a timer was started and has not run out.
    pub(crate) fn runs(&self, uid: &str, purpose: &'static str, now: Instant) -> bool {
        self.running.get(&(uid.to_owned(), purpose)).is_some_and(|at| *at > now)
    }

    /// Whether a timer for one of these purposes has run out.
    pub(crate) fn any_passed(&self, purposes: &[&str], now: Instant) -> bool {
        self.running.iter().any(|((_, purpose), at)| purposes.contains(purpose) && *at <= now)
    }

    /// The next dead-line.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.running.values().min().copied()
    }

    /// Forgets dead-lines that passed without being read.
    pub(crate) fn forget_passed(&mut self, now: Instant) {
        self.running.retain(|_, at| *at > now);
    }
}

/// A moment after `delay`; delays beyond a year are a year.
pub(crate) fn later(now: Instant, delay: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    now + delay.min(YEAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_runs_once_and_then_anew() {
        let mut timers = Timers::default();
        let start = Instant::now();
        let second = Duration::from_secs(1);
        assert!(!timers.passed("u", "x", second, start));
        assert_eq!(timers.next(), Some(start + second));
        assert!(timers.passed("u", "x", second, start + second));
        assert!(!timers.passed("u", "x", second, start + second));
        timers.start("u", "y", Duration::MAX, start);
        assert!(timers.runs("u", "y", start + second));
        assert!(!timers.any_passed(&["y"], start + second));
        timers.forget_passed(start + 3 * second);
        assert!(!timers.any_passed(&["x"], start + 3 * second));
    }
}
