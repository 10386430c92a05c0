//! Sets of places: who owns what, as `managedFields` stores it.

mod fields_v1;
mod of;
mod set;

pub(crate) use of::collect;
pub use set::{FieldSet, Leaves};

#[cfg(test)]
mod tests;
