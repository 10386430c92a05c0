//! What the API server does to objects, as pure functions over values: server-side apply, other writes, defaults,
//! allocation, validation. Storing, routing and controllers are elsewhere.
//!
//! The order of a write. An apply: [`apply`], [`address`]. Any other: [`decode`] the body (or [`decode_patched`] what
//! [`merge_patch`] or [`json_patch`] made of the live object), [`address`], [`track_update`](iriskit_kubernetes::server_side_apply::track_update). Then [`finish_create`] or
//! [`finish_update`], which validate. A result that is [`unchanged`] is not stored.

mod apply;
mod cause;
mod decode;
mod failure;
mod finish;
mod patch;
mod validate;
mod wording;

pub use apply::apply;
pub use cause::Cause;
pub use decode::{Strictness, address, decode, decode_patched, unknown_fields};
pub use failure::Failure;
pub use finish::{Allocations, finish_create, finish_update, unchanged};
pub use patch::{json_patch, merge_patch};
pub use validate::{validate_create, validate_update};
