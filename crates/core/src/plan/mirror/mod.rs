//! The rules by which members of a mirror restart, each said once. What is seen of the members goes in; who is next, or
//! what stands in the way, comes out. A plan asks with what was surveyed, an apply again and again with what it watches.

mod hindrance;
mod obstacle;
mod refit;
mod roll;
mod scene;
mod sight;
mod turn;

pub(super) use hindrance::foreseen;
pub use hindrance::{Start, hindrance, restarting};
pub use obstacle::Obstacle;
pub use refit::{Refitted, decide as decide_refit};
pub use roll::{Decision, Terms, decide, new_primaries};
pub use scene::{Scene, whole};
pub use sight::{Belief, Sight, primary_last};
pub(super) use turn::{at_last, turn};

#[cfg(test)]
mod tests;
