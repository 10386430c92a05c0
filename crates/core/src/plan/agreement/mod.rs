//! Does what a plan says agree with what its steps do? Who can write a plan file can seal it anew, so that its words are held
//! against its steps, and its steps against the live objects, before the first write. In go a plan and objects; out comes what
//! it does not say.

pub(crate) mod consequences;
mod deeds;
pub(crate) mod sums;
mod told;
mod words;

pub use sums::contradictions;
pub use told::{Contradiction, Unsaid};
