//! What the suites share.

pub(crate) mod controlplane;
pub(crate) mod env;
pub(crate) mod iris;
pub(crate) mod openapi;
pub(crate) mod saved;
pub(crate) mod schema;
