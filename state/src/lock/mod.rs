//! Who works on a cluster: the annotation of its Lease, and what `iriskit lock status -o json` prints.

mod holder;
mod report;

pub use holder::{FORMAT_VERSION, LockError, LockHolder, LockProcess};
pub use report::{ClusterLock, LockReport, LockState, REPORT_VERSION};
