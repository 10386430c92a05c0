//! What the suites share.
pub(crate) mod controlplane;
pub(crate) mod openapi;
