//! The documentation says what the code does: ids, commands, files.

mod diagnostics;
mod image;
mod source;
