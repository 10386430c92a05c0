//! Text that people wrote → `IrisCluster` values, companion objects and diagnostics.
//!
//! [`read`] is a pure function of the inputs.
//! Every problem of every input is reported at once.

mod cluster;
mod companion;
mod document;
mod embedded;
mod input;
mod nodes;
mod owner;
mod quantities;
mod read_back;
mod reader;
mod reading;
mod secret_ranges;
mod suggest;
mod syntax;
mod templates;
mod values;
pub mod yaml;

pub use companion::Companion;
pub use input::Input;
pub use read_back::{ReadBack, read_back};
pub use reading::{Reading, read};
pub use secret_ranges::secret_ranges;
