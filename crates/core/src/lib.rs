//! From manifests to plans: pure functions that return a value and diagnostics. They know no client, no file system, no
//! environment and no clock.

pub mod diagnostic;
pub mod diff;
pub mod expand;
mod ini;
pub mod iris;
pub mod manifest;
pub mod mirror;
pub mod plan;
pub mod topology;
