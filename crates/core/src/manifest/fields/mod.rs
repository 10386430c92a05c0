//! Every field of an `IrisCluster`, each declared once.
//!
//! In: nothing. Out: [`CLUSTER`], the shape of the whole document. From it come reading, the list of known keys,
//! suggestions and documentation.

mod cluster;
mod compute;
mod data;
mod gateway;
mod iris_node;
mod metadata;
mod pods;
mod service;
mod spec;
mod tls;
mod topology;
mod volumes;

pub(super) use cluster::CLUSTER;
pub use cluster::iris_cluster_fields;

#[cfg(test)]
mod tests;
