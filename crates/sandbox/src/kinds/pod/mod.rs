//! Pods.

mod controller;
mod status;
mod strategy;
mod update;

pub(super) use controller::reconcile;
pub(super) use strategy::Pod;
