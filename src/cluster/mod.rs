//! The connection to a Kubernetes API: the only room that names kube.
//!
//! Requests are made from [`ObjectRef`](iriskit_kubernetes::schema::ObjectRef)s and `serde_json::Value`s, so that paths, query and
//! bodies are exactly ours. Nothing is discovered: the paths of known kinds are fixed.

mod access;
mod client;
mod config;
mod connection;
mod credentials;
mod credentials_error;
mod discreet;
mod error;
mod exchange;
mod gate;
mod list;
mod log;
mod resource;
#[cfg(test)]
mod tests;
mod transport;
mod uri;
mod watch;
mod write;

pub use client::{Cluster, Heard};
pub(crate) use config::IN_CLUSTER;
pub use config::{ConnectError, ConnectOptions, configured};
pub use connection::Connection;
pub use discreet::Mask;
pub use error::{ApiError, Cause};
pub use gate::WriteGate;
/// Body of the requests that a service under [`Cluster::over`] gets.
pub use kube::client::Body as RequestBody;
pub use list::List;
pub use watch::{WatchEvent, WatchStream};
pub use write::{Applied, ApplyMode, DeleteOptions, Propagation};

/// Our field manager: a public contract, never to be changed.
pub(crate) const FIELD_MANAGER: &str = "iriskit";
/// Names us in audit logs.
pub const USER_AGENT: &str = concat!("iriskit/", env!("CARGO_PKG_VERSION"));
