//! Why a text is no path.

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Not what [`Path`](super::Path) displays.
    #[error("{0:?} is not a path")]
    Text(String),
    /// Not a key of `fieldsV1`.
    #[error("{0:?} is not a key of fieldsV1")]
    FieldsV1(String),
}
