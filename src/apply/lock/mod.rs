//! One run at a time works on a cluster: its lock is a Lease, taken before anything is checked or written, renewed while the
//! run lasts, let go at its end. A run that loses it sends nothing more.

mod command;
mod held;
mod lease;
mod options;
mod renew;
mod take;

pub use command::{Released, lock_report, release_lock};
pub(super) use held::HeldLocks;
pub(super) use options::holder;
pub use options::{LockOptions, Locks};
pub(super) use renew::Renewal;
pub use take::wait_until_free;
pub(super) use take::{Taken, look, take};
