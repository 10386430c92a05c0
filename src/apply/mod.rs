//! Executes a plan: checks everything that can be checked, then does its steps stage by stage, each when what it needs is
//! ready. Recomputes nothing.

mod error;
mod event;
mod failure;
mod feed;
mod finish;
mod guard;
mod identity;
mod ledger;
mod observe;
mod options;
mod pending;
mod perform;
mod ready;
mod record;
mod refit;
mod regrow;
mod rehearse;
mod remove;
mod reread;
mod roll;
mod run;
mod sighting;
mod stage;
mod stale;
mod take_over;
mod target;
#[cfg(test)]
mod tests;
mod trouble;
mod upgrades;
mod wait;
mod write;

pub use error::{ApplyError, Differs, ErrorClass, Moved, Refusal};
pub use event::{Action, Event, Report, Seen};
pub use options::{ApplyOptions, Stop, Stopper};
pub use run::run;
