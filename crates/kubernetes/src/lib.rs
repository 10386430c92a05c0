//! What is known of Kubernetes without asking a server: kinds and their types, places inside objects, quantities, sets of
//! fields, server-side apply. Knows nothing of IRIS and has no client.

pub mod schema;
pub mod server_side_apply;
