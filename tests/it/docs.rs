//! The documentation says what the code does: ids, commands, files.

mod allowances;
mod console;
mod diagnostics;
mod fields;
mod ids;
mod image;
mod plan_schema;
mod rules;
mod source;
