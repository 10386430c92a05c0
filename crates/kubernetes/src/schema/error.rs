//! Why a value does not fit its type.

use super::Path;

/// Why a value does not fit its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The type has no such field.
    #[error("{path}: field not declared in schema")]
    UnknownField {
        /// The field.
        path: Path,
    },
    /// Another kind of value is expected.
    #[error("{path}: expected {expected}")]
    WrongType {
        /// The value.
        path: Path,
        /// What is expected.
        expected: &'static str,
    },
    /// An item of a keyed list without any of its key fields.
    #[error("{path}: an item without its key fields")]
    NoKey {
        /// The item, by its place.
        path: Path,
    },
    /// There is no such place in the value.
    #[error("{path}: no such place")]
    NoPlace {
        /// The place.
        path: Path,
    },
}
