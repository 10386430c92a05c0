//! Desired × live → one [`iriskit_state::plan::Plan`].

mod adopt;
mod answer;
pub mod applyset;
mod arrange;
mod assemble;
mod change;
mod collide;
mod contest;
mod drift;
mod examine;
mod fills;
mod fingerprint;
mod immutable;
mod impact;
pub mod live;
mod looked;
mod members;
mod merged;
mod notes;
mod order;
mod parameters;
mod pending;
mod pods;
mod policy;
mod predicted;
pub mod preflight;
mod protect;
mod removal;
mod remove;
mod revisions;
mod rolling;
mod services;
mod shown;
mod touched;
mod upgrade;

pub use answer::Answer;
pub use arrange::{Rollout, UpgradeOrder};
pub use assemble::{Frame, Stamp, assemble};
pub use drift::visible;
pub use examine::{Examined, Finding, OwnerInput, examine, full_body, merge};
pub use fills::{FillError, Fills};
pub use fingerprint::{fingerprint, moved, reference};
pub use live::Live;
pub use members::{MIRROR_ROLE, MIRROR_STATUS};
pub use notes::{of_diagnostic, place};
pub use pending::{reads, restarts};
pub use policy::{FieldPattern, PatternError, Policy};
pub use protect::{PROTECT, blocked, is_protected};
pub use removal::reference as recorded_reference;
pub use remove::{destroy, nothing_to_destroy, volumes};
pub use revisions::revisions_in_use;
pub use touched::{OwnerName, active, touched};

#[cfg(test)]
mod tests;
