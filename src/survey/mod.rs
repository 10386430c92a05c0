//! What a planner asks of the live cluster: its questions go in, the answers come back. This room joins the planner with
//! `cluster` and decides nothing itself.

mod answer;
mod error;
mod lock;
mod plan;
mod process;
mod save;
mod snapshot;

pub use error::SurveyError;
pub use iriskit_core::plan::planner::{Options, Planned, SeenRuns, Target, needs_cluster};
pub use lock::{has_ended, lock_state};
pub use plan::{destroy, missing_rights, obstacles, plan, render, secret_values, status, unsaid_consequences};
pub(crate) use process::this_process;
pub use save::seal;
pub use snapshot::{mark, open_seals, take};

#[cfg(test)]
mod tests;
