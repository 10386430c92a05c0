//! One clock for dead-lines and for time stamps, so that they never disagree (tests pause it through tokio).

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Turns tokio's clock into wall time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    origin: Timestamp,
    started: Instant,
}

/// A moment on both scales.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// For dead-lines.
    pub(crate) instant: Instant,
    /// For time stamps.
    pub(crate) wall: Timestamp,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { origin: Timestamp::now(), started: Instant::now() }
    }

    pub(crate) fn now(&self) -> Now {
        let instant = Instant::now();
        let passed = instant.saturating_duration_since(self.started);
        Now { instant, wall: self.origin.checked_add(passed).unwrap_or(self.origin) }
    }
}

impl Now {
    /// `2026-11-22T04:18:06Z`, as in `metav1.Time`.
    pub(crate) fn seconds(&self) -> String {
        stamp(self.wall)
    }

    /// Seconds since a `metav1.Time`, zero when it is unreadable or in the future.
    pub(crate) fn since(&self, stamp: &str) -> Duration {
        stamp
            .parse::<Timestamp>()
            .ok()
            .and_then(|then| Duration::try_from(self.wall.duration_since(then)).ok())
            .unwrap_or_default()
    }
}

/// A time stamp as the server writes it.
pub(crate) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
