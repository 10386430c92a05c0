//! What the live cluster says: one round of requests, the dry-runs, and from them a plan.
//!
//! This room joins the pure ones (`manifest`, `expand`, `plan`) with `cluster`; it decides nothing itself.

mod absent;
mod ask;
mod destroy;
mod error;
mod fetch;
mod identity;
mod owners;
mod parallel;
mod plan;
mod preflight;
mod references;
mod rights;
mod save;
mod snapshot;

pub use destroy::{Target, destroy};
pub use error::SurveyError;
pub use owners::{needs_cluster, render};
pub use plan::{Options, Planned, fills, plan};
pub use preflight::obstacles;
pub use rights::missing_rights;
pub use save::seal;
pub use snapshot::{mark, open_seals, take};

#[cfg(test)]
mod tests;
