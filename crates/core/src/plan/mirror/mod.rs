//! The rules by which members of a mirror restart, each said once. In goes what is seen of the members; out comes who is next, or
//! what stands in the way. A plan asks with what was read, an apply again and again with what it watches.

pub(crate) mod hindrance;
pub(crate) mod members;
pub(crate) mod obstacle;
pub(crate) mod refit;
pub(crate) mod roll;
pub(crate) mod rolling;
pub(crate) mod scene;
pub(crate) mod sight;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod turn;
pub(crate) mod unfinished_upgrade;

pub use hindrance::Start;
pub(crate) use hindrance::foreseen;
pub use hindrance::hindrance;
pub use hindrance::restarting;
pub use obstacle::Obstacle;
pub use refit::Refitted;
pub use refit::decide as decide_refit;
pub use roll::Decision;
pub use roll::Terms;
pub use roll::decide;
pub use roll::new_primaries;
pub use scene::Scene;
pub use scene::whole;
pub use sight::Belief;
pub use sight::Sight;
pub use sight::primary_last;
pub(crate) use turn::turn;
