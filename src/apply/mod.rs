//! Executes a plan: checks everything that can be checked, then does its steps stage by stage, each when what it needs is
//! ready. In goes a plan with its secret values; out come events while it works and a report of how far it came.

mod check;
mod context;
mod error;
mod event;
mod failure;
mod live;
mod moved;
mod objects;
mod observe;
mod options;
mod perform;
mod record;
mod report;
mod run;
mod stage;
mod steps;
#[cfg(test)]
mod tests;
mod wait;
mod watch;

pub use error::{ApplyError, Differs, ErrorClass, Moved, Refusal};
pub use event::{Action, Event};
pub use options::{ApplyOptions, Stop, Stopper};
pub use report::{Report, Seen};
pub use run::run;
