//! A run for people: what happens while it works, and how far it came.

mod events;
mod report;
mod took;

#[cfg(test)]
mod tests;

pub use events::{Events, Told};
pub use report::report;
