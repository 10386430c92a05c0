//! What a wait is for.

use super::{object_watch::Now, terminal_state::TerminalState};

/// What a look found.
#[derive(Debug)]
pub(in crate::apply) enum State<T> {
    /// It is true.
    Met(T),
    /// Not yet.
    Pending {
        /// What is missing.
        reason: String,
        /// What will not heal by itself.
        terminal: Vec<TerminalState>,
    },
    /// It never will be.
    Impossible(String),
}

impl<T> State<T> {
    /// Not yet, and it may come by itself.
    pub(in crate::apply) fn pending(reason: impl Into<String>) -> Self {
        Self::Pending { reason: reason.into(), terminal: Vec::new() }
    }
}

/// A condition of an object and its pods that a step waits for.
pub(in crate::apply) trait Condition {
    /// What it gives when it is met.
    type Found;

    /// Looks. The newest warning of the cluster is added to the reason of a wait.
    fn check(&mut self, now: &Now) -> State<Self::Found>;

    /// There is no such object, perhaps not any more.
    fn absent(&self, was_deleted: bool) -> State<Self::Found> {
        if was_deleted {
            State::Impossible("it was deleted".to_owned())
        } else {
            State::pending("the change is not visible yet")
        }
    }
}
