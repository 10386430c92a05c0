//! A Kubernetes API inside the process, kept in a folder: for trying, teaching and testing iriskit without a cluster.
//!
//! Requests come in as [`::http::Request`] and go out as [`::http::Response`]; what speaks to it is the ordinary client of
//! room `cluster`. What a real server answers is in the tests of both: where they differ, the sandbox is wrong.

mod clock;
mod controllers;
mod error;
mod faults;
mod fields;
mod folder;
mod http;
mod key;
mod kinds;
mod objects;
mod owners;
mod quota;
mod reconcile;
mod registry;
mod removal;
mod requests;
mod sandbox;
mod seed;
mod selector;
mod shared;
mod store;
mod strategy;
mod timing;
mod uid;
mod validation;
mod verb;
mod world;

pub use error::SandboxError;
pub use faults::{Fault, FaultAction, Faults};
pub use http::{Cut, SandboxBody};
pub use requests::RequestLine;
pub use sandbox::Sandbox;
pub use timing::Timing;

#[cfg(test)]
mod tests;
