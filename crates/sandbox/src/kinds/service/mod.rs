//! Services.

mod allocate;
mod fields;
mod strategy;
mod validate;

pub(super) use strategy::Service;
