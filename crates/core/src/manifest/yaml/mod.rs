//! YAML text into trees with positions, and values into YAML text that other tools read alike.
//!
//! The only module that names the YAML libraries. Reading follows YAML 1.2 with the core schema's booleans;
//! where YAML 1.1, which kubectl and many others use, reads an unquoted scalar differently, `ambiguous` says so.

mod ambiguous;
mod documents;
mod duplicate;
mod limits;
mod node;
mod parse;

pub use ambiguous::ambiguous_scalars;
pub(crate) use documents::document_ranges;
pub(crate) use limits::MAX_DOCUMENTS;
pub use limits::MAX_FILE_BYTES;
pub use node::{Key, Kind, Node, Span};
pub(crate) use parse::as_written;
pub use parse::{Document, read};
