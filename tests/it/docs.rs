//! The documentation says what the code does: ids, commands, files.

mod console;
mod diagnostics;
mod image;
mod rules;
mod source;
