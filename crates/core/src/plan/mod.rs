//! Desired × live → one [`iriskit_state::plan::Plan`]. One room for each question that a plan answers.

mod agreement;
mod allow;
mod causes;
mod changes;
mod checks;
mod draft;
mod impact;
pub mod live;
pub mod mirror;
mod needed_values;
mod notes;
mod objects;
mod order;
mod ownership;
pub mod planner;
pub mod preflight;
mod readiness;
mod secret_values;
mod staleness;
mod status;
mod storage;
mod unknown;

pub use agreement::{Contradiction, Unsaid, contradictions};
pub use allow::apply_flags;
pub use changes::immutable;
pub use changes::needed_replacement::replacement;
pub use changes::replacement::placeholder;
pub use draft::frame::Stamp;
pub use impact::pending_restarts::{mounts_config_map, reader_restarts};
pub use live::Live;
pub use needed_values::{NeededValue, needed_values};
pub use objects::object_of;
pub use order::arrange::{Rollout, UpgradeOrder};
pub use ownership::applyset;
pub use ownership::lock;
pub use ownership::ours::{Belonging, Membership};
pub use ownership::owners::{OwnerName, active, is_awaited, recorded_owners};
pub use ownership::policy::{FieldPattern, PatternError, Policy};
pub use ownership::protection::{PROTECT, blocked, is_protected};
pub use ownership::prune::reference as recorded_reference;
pub use secret_values::{SecretValueError, SecretValues};
pub use staleness::fingerprint::{fingerprint, moved, reference};
pub use staleness::unplanned::{FieldOutcome, UnplannedField, unplanned_fields};
pub use storage::claim_users::{Going, user_that_stays};

#[cfg(test)]
mod tests;
