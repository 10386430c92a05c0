//! What the dice draw, by subject.

pub(crate) mod between;
pub(crate) mod companions;
pub(crate) mod drifts;
pub(crate) mod edits;
pub(crate) mod ownership;
pub(crate) mod storage;
pub(crate) mod topology;
