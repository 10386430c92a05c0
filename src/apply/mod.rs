//! Executes a plan: checks everything that can be checked, then does its steps stage by stage, each when what it needs is
//! ready. In goes a plan with its secret values; out come events while it works and a report of how far it came.

mod check;
mod context;
mod error;
mod event;
mod failure;
mod follow;
mod live;
mod lock;
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

pub use check::check_words;
pub use error::{ApplyError, Differs, ErrorClass, LockedBy, Moved, Refusal};
pub use event::{Action, Event};
pub use follow::Follower;
pub use lock::{LockOptions, Locks, Released, lock_report, release_lock, wait_until_free};
pub use options::{ApplyOptions, PlanOrigin, Stop, Stopper};
pub use record::records;
pub use report::{Report, Seen};
pub use run::run;
