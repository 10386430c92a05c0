//! The plan for people. What matters is said first: which cluster, what restarts, whether a primary moves, whether a
//! volume is touched, what has to be allowed.

mod change;
mod closing;
mod drift;
mod facts;
mod field;
mod header;
mod impact;
mod notes;
mod parameters;
mod plan;
mod staying;
mod text_diff;

#[cfg(test)]
pub(in crate::view) mod tests;

pub use notes::notes;
pub use plan::plan;
