//! Text that people wrote → `IrisCluster` values, companion objects and diagnostics.
//!
//! [`read`] is a pure function of the inputs.
//! Every problem of every input is reported at once.

mod cluster;
mod companion;
mod description;
mod document;
mod embedded;
mod fields;
mod form;
mod input;
mod owner;
mod quantities;
mod reader;
mod reading;
mod server_fields;
mod shape;
mod suggest;
mod syntax;
mod values;
pub mod yaml;

pub use companion::Companion;
pub use description::{FieldDescription, ValueType};
pub use fields::iris_cluster_fields;
pub use input::Input;
pub use reading::{Reading, read};
