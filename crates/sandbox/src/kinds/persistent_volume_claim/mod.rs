//! PersistentVolumeClaims.

mod controller;
mod strategy;

pub(super) use controller::reconcile;
pub(super) use strategy::PersistentVolumeClaim;
