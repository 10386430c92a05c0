//! Topology → desired objects, as IKO would make them.
//!
//! In: an `IrisCluster` and what is known beside it ([`Inputs`]). Out: its objects, what they need, and diagnostics
//! ([`Expansion`]). One file a component. What IKO's behaviour is not known for, and what iriskit does there, is in docs/decisions.md.

mod arbiter;
mod collisions;
mod companion;
mod compute;
mod config_source;
mod container;
mod cpf;
mod csp;
mod data;
mod desired;
mod expansion;
mod gateway;
mod inputs;
mod iris;
mod labeler;
mod labels;
mod names;
mod normalize;
mod object;
mod pod;
mod references;
mod services;
mod stateful_set;
mod storage;
mod summary;
mod webgateway;

pub(crate) use collisions::check_names;
pub(crate) use companion::{add_dependencies, companion, is_on_delete};
pub(crate) use config_source::check as check_config;
pub use desired::{Desired, Ownership, Rolling};
pub use expansion::Expansion;
pub(crate) use expansion::expand;
pub use inputs::{ConfigTexts, Inputs};
pub(crate) use labeler::{annotated_image, image as labeler_image};
pub use references::{Reference, References};
pub(crate) use summary::summary;

#[cfg(test)]
mod tests;
