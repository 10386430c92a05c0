//! When a changed parameter takes effect.

/// When IRIS takes a merged value over. Ordered by how little is known or has happened after the merge: of several, the
/// greatest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Never, on a running cluster.
    NoEffect,
    /// Only when a durable `%SYS` is made.
    FirstStart,
    /// At once.
    Live,
    /// At once, for processes that start after it.
    NewProcesses,
    /// No source says when.
    Unknown,
    /// When the instance (a web gateway: its container) starts next.
    NextRestart,
}
