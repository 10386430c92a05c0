//! Checks that several kinds share: names, metadata, pod templates, claims. A value and its place go in, causes and warnings
//! come out.
//!
//! Not every rule of a server is here: those that matter for the kinds and fields that iriskit and its companions use.

pub(crate) mod amounts;
pub(crate) mod claim_spec;
pub(crate) mod config_data;
mod container;
mod identity;
pub(crate) mod metadata;
pub(crate) mod names;
pub(crate) mod pod_spec;
mod probe;
pub(crate) mod read;
mod resources;
mod volume;
pub(crate) mod warnings;
