//! Diagnostics beside the source they speak of.

mod mask;
mod render;

pub use render::{render, summary};
