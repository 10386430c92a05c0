//! The ids that plans are made of, each declared once with its name in documents and its documentation: in go names, out come
//! values that the compiler knows. The tables of docs/ and the schema are made from them by tests.

#[macro_use]
mod declare;

mod allowance;
mod change;
mod diagnostic;
mod note;
mod rule;
mod stage;

pub use allowance::AllowanceName;
pub use change::{ActionReason, Component, ReplaceMode};
pub use diagnostic::{DiagnosticId, Section};
pub use note::NoteId;
pub use rule::RuleId;
pub use stage::{Stage, StageName};
