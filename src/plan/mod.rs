//! Desired × live → one [`iriskit_state::plan::Plan`].

mod fills;

pub use fills::{FillError, Fills};
