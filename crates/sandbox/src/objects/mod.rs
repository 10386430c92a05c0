//! What the API server does to any object: from the body of a write and the live object to the object that is stored, or to a
//! refusal. Storing, routing, controllers and what is special to a kind are elsewhere.
//!
//! The order of a write. An apply: [`apply`], [`address`]. Any other: [`decode`] the body (or [`decode_patched`] what
//! [`merge_patch`] or [`json_patch`] made of the live object), [`address`],
//! [`track_update`](iriskit_kubernetes::server_side_apply::track_update). Then [`finish_create`] or [`finish_update`], which
//! validate. A result that is [`unchanged`] is not stored.

mod apply;
mod cause;
mod create;
mod decode;
mod failure;
mod patch;
mod update;

pub(crate) use apply::apply;
pub(crate) use cause::Cause;
pub(crate) use create::finish_create;
pub(crate) use decode::{Strictness, address, decode, decode_patched, unknown_fields};
pub(crate) use failure::Failure;
pub(crate) use patch::{json_patch, merge_patch};
pub(crate) use update::{finish_update, unchanged};
