//! Checks across objects: what no single object shows. In go all changes of a plan; out come notes.

pub(crate) mod compute_connections;
pub(crate) mod data_nodes;
pub(crate) mod finalizers;
pub(crate) mod service_clashes;
pub(crate) mod unsafe_together;
