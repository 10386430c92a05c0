//! The `IrisCluster` domain: what a user asks for, after reading and checking, before expansion.
//!
//! In: clusters as `manifest` reads them. Out: their types, and what does not fit together in one (`findings`).
//! Field names and meanings follow `IrisCluster` v1alpha1 of the InterSystems Kubernetes Operator (IKO).
//! Pieces that Kubernetes itself defines (claims, volumes, tolerations, probes …) stay JSON values that
//! the reader has checked against the server's types.

mod cluster;
mod dialect;
mod findings;
mod node;

pub use cluster::{ClaimTemplate, IrisCluster, ServiceTemplate, Tls, Topology};
pub use dialect::{Dialect, ReleaseVersion};
pub(crate) use findings::findings;
pub use node::{
    AlternativeServers, Arbiter, Compute, Data, Gateway, GatewayType, IrisDatabase, IrisNamespace, IrisNode,
    MirrorMember, PodTemplate, Pods, StandAlone, Storage, UpdateStrategy,
};
