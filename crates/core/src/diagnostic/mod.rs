//! What is wrong, or worth knowing, about what the user wrote, and where it stands: values, rendered by `view`.

mod finding;
mod position;

pub use finding::{Diagnostic, Label, Severity};
pub use position::{Position, Sources};
