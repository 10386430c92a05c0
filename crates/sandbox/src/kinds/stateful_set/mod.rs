//! StatefulSets.

mod claims;
mod controller;
mod pod;
mod queue;
mod revision;
mod scale;
mod set;
mod status;
mod strategy;
mod sync;
mod validate;

pub(super) use controller::reconcile;
pub(super) use strategy::StatefulSet;
