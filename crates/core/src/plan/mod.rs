//! Desired × live → one [`iriskit_state::plan::Plan`]. One room for each question that a plan answers.

mod changes;
mod checks;
mod draft;
mod holes;
mod impact;
pub mod live;
pub mod mirror;
mod notes;
mod order;
mod ownership;
pub mod planner;
pub mod preflight;
mod staleness;
mod storage;

pub use changes::admission::stays_in_place;
pub use changes::change::UPGRADE_UNFINISHED;
pub use changes::deletion::destroy;
pub use changes::drift::visible;
pub use changes::dry_run::DryRun;
pub use changes::examine::{Examined, Finding, OwnerInput, examine, full_body, merge};
pub use changes::immutable;
pub use changes::recreation::further;
pub use changes::replacement::stand_in;
pub use draft::{
    assemble::assemble,
    frame::{Frame, Stamp},
};
pub use holes::{FillError, Fills};
pub use impact::pending_restarts::{reads, restarts};
pub use impact::revisions::revisions_in_use;
pub use live::Live;
pub use notes::{of_diagnostic, place};
pub use order::arrange::{Rollout, UpgradeOrder};
pub use ownership::applyset;
pub use ownership::owners::{OwnerName, active, touched};
pub use ownership::policy::{FieldPattern, PatternError, Policy};
pub use ownership::protection::{PROTECT, blocked, is_protected};
pub use ownership::prune::reference as recorded_reference;
pub use ownership::unmatched_rules::unmatched;
pub use staleness::fingerprint::{fingerprint, moved, reference};
pub use staleness::unplanned::{Outcome, Unforeseen, unforeseen};
pub use storage::claim_growth::class_of;
pub use storage::claim_templates::missing_in;

#[cfg(test)]
mod tests;
