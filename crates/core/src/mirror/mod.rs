//! The rules by which members of a mirror restart, each said once. In goes what is seen of the members; out comes who is next, or
//! what stands in the way. A plan asks with what was read and runs the rules to their end on a simulated mirror; an apply asks again
//! and again with what it watches.

mod forecast;
mod instance;
mod member;
mod obstacle;
mod order;
mod reading;
mod replacement;
mod roll;
mod simulation;
mod start;
mod state;
mod status;
#[cfg(test)]
mod tests;

pub use forecast::{Event, Forecast, Restart};
pub(crate) use forecast::{forecast, forecast_replacement};
pub use instance::image;
pub(crate) use instance::is_ready;
pub use iriskit_state::plan::Role;
pub(crate) use member::LABELER;
pub use member::{MemberState, StatusAge, primary_last};
pub use obstacle::Obstacle;
pub(crate) use order::deletion_order;
pub use reading::{Reading, read};
pub use replacement::{ReplacedPods, decide_replacement};
pub use roll::{Decision, RestartRule, RollTerms, decide, new_primaries};
pub use start::{RollStart, blocker};
pub use state::MirrorState;
pub use status::{MemberKind, MirrorStatus};
