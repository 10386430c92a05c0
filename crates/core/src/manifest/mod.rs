//! Text that people wrote → `IrisCluster` values, companion objects and diagnostics.
//!
//! In: the texts of files and a default namespace. Out: everything that they say ([`read`]), every problem of every input
//! at once. The fields of an `IrisCluster` are declared in `fields`.

mod cluster;
mod companion;
mod description;
mod discreet;
mod document;
mod fields;
mod foreign;
mod form;
mod input;
mod kubernetes_type;
mod owner;
mod quantities;
mod read_back;
mod reader;
mod reading;
mod secret_ranges;
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
pub use read_back::{ReadBack, read_back};
pub use reading::{Reading, read};
pub use secret_ranges::secret_ranges;
