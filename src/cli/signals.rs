//! What stops a run: Ctrl-C, the SIGTERM of a pipeline that was cancelled, the SIGHUP of a terminal that was closed.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from its making on, so that none is missed.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    kinds: Vec<Signal>,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn listen() -> Self {
        let mut wanted = vec![SignalKind::interrupt(), SignalKind::terminate()];
        if !hangup_is_ignored() {
            wanted.push(SignalKind::hangup());
        }
        Self { kinds: wanted.into_iter().filter_map(|kind| signal(kind).ok()).collect() }
    }

    /// Done at the next of them.
    pub(super) async fn next(&mut self) {
        let mut waits: Vec<_> = self.kinds.iter_mut().map(|signal| Box::pin(signal.recv())).collect();
        if waits.is_empty() {
            std::future::pending::<()>().await;
        }
        futures::future::select_all(waits.drain(..)).await;
    }
}

/// Whether `nohup` or the like asked for SIGHUP to be ignored. Known on Linux alone.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
impl Signals {
    pub(super) fn listen() -> Self {
        Self {}
    }

    /// Done at the next Ctrl-C.
    pub(super) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
