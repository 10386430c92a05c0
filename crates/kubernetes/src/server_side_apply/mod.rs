//! What server-side apply makes of an object, without a server. A kind, the live object and a write go in; the object after
//! the write, its `metadata.managedFields` and the conflicts of the write come out.

mod apply;
mod compare;
mod forced;
mod managed_fields;
mod merge;
mod ownership;
mod strip;
mod update;

pub use apply::{Apply, ApplyError, apply};
pub use compare::same;
pub use forced::forced;
pub use managed_fields::{Manager, take_managed_fields};
pub use ownership::Conflict;
pub use update::track_update;
