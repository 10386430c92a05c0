//! What is known of Kubernetes without asking a server: kinds and their types, places inside objects, quantities, sets of
//! fields, views of objects, server-side apply. Knows nothing of IRIS but the names of labels and annotations, and has no
//! client.

pub mod names;
pub mod schema;
pub mod server_side_apply;
pub mod views;
