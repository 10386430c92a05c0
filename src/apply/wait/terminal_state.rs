//! States that rarely heal. Pure.

/// A state that ends a wait when it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::apply) struct TerminalState {
    /// Stays the same while the state lasts.
    pub(super) key: TerminalKey,
    /// What it is, for the user.
    pub(super) text: String,
    /// Whose last words tell more.
    pub(super) log: Option<LogPlace>,
}

/// A container whose log is of interest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogPlace {
    pub(super) pod: String,
    pub(super) container: String,
    /// Whether it was started again since.
    pub(super) previous: bool,
}

/// Which state of which object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TerminalKey {
    uid: String,
    cause: TerminalCause,
}

/// Why something does not heal by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::apply) enum TerminalCause {
    /// A container can't be started: its image can't be pulled, its configuration is wrong.
    CannotStart,
    /// A container ends again and again.
    CrashLoop,
    /// The controller can't make a pod.
    FailedCreate,
    /// No node could take a pod.
    Unschedulable,
    /// A pod's claim has no volume, and nobody makes one.
    UnboundClaim,
    /// A pod that lacks a volume keeps its set from making the others.
    SetBlocked,
    /// A mirror is not whole.
    MirrorNotWhole,
}

impl TerminalState {
    /// `uid` is that of the object that is in the state.
    pub(in crate::apply) fn new(uid: &str, cause: TerminalCause, text: String) -> Self {
        Self { key: TerminalKey { uid: uid.to_owned(), cause }, text, log: None }
    }
}
