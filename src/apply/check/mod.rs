//! Everything that is checked before the first write: the plan itself, whether the cluster is still the one that it was
//! made for, and what the server says to it. In go the plan and the cluster; out comes nothing, or why nothing is begun.

mod agreement;
mod cluster_identity;
mod dry_run;
mod look_again;
mod obstacles;
mod plan;
mod read_live;
mod stale;

pub(super) use agreement::check_consequences;
pub use agreement::check_words;
pub(super) use cluster_identity::check_cluster;
pub(super) use dry_run::{DryRuns, dry_run};
pub(super) use look_again::look_again;
pub(super) use obstacles::{check_obstacles, check_rights};
pub(super) use plan::{check_allowances, check_applicable, check_blocked, check_expiry};
pub(super) use read_live::read_live;
pub(super) use stale::check_unchanged;
#[cfg(test)]
pub(super) use stale::moved;
