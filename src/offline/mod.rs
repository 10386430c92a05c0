//! Clusters without a server: a sandbox, or a snapshot of what was read of a real one.

mod sandbox;
mod snapshot;

pub use sandbox::{of_sandbox, open_sandbox};
pub use snapshot::of_snapshot;
