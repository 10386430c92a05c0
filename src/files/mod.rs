//! Files: manifests that are read, and documents of ours that are written.

mod encoding;
mod ours;
mod read;
mod write;

pub use ours::{Document, is_plan};
pub use read::{ReadError, read};
pub use write::{WriteError, may_write, write};
