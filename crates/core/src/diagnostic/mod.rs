//! What is wrong, or worth knowing, about what the user wrote, and where it stands: values, rendered by `view`.

mod finding;
mod position;

pub use finding::{Diagnostic, Label};
pub use iriskit_state::plan::{DiagnosticId, Severity};
pub use position::{Position, Sources};
