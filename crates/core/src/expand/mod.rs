//! Topology → desired objects, as IKO would make them.
//!
//! One file a component. What IKO's behaviour is not known for, and what iriskit does there, is in docs/decisions.md.

mod arbiter;
mod collisions;
mod companion;
mod compute;
mod container;
mod cpf;
mod csp;
mod data;
mod desired;
mod expansion;
mod gateway;
mod ini;
mod iris;
mod labeler;
mod labels;
mod names;
mod object;
mod pod;
mod references;
mod services;
mod stateful_set;
mod storage;
mod summary;
mod tidy;
mod webgateway;

pub use collisions::check_names;
pub use companion::{companion, link};
pub use desired::{Desired, Ownership, Rolling};
pub use expansion::{ConfigTexts, Expansion, Given, expand};
pub use iriskit_state::plan::{Component, Stage};
pub use labeler::LABELER_IMAGE;
pub use references::{Reference, References};
pub use summary::summary;

#[cfg(test)]
mod tests;
