//! What is drawn at random, by subject.

pub(crate) mod after_plan;
pub(crate) mod companions;
pub(crate) mod disturbances;
pub(crate) mod drifts;
pub(crate) mod edits;
pub(crate) mod ownership;
pub(crate) mod storage;
pub(crate) mod topology;
