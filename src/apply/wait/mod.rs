//! Waiting for something to come true. In go a watch of an object and a condition; out comes what the condition found, or
//! why it was not met: it never can be, a state that rarely heals lasted, the time was over, the run was stopped.

mod condition;
mod events;
mod last_words;
mod object_watch;
mod terminal_pods;
mod terminal_state;
mod until;
mod wait_for;

pub(super) use condition::{Condition, State};
pub(super) use object_watch::{Now, ObjectWatch};
pub(super) use terminal_state::{TerminalCause, TerminalState};
pub(super) use wait_for::wait_for;
