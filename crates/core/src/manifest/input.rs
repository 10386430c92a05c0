//! A file's text before it is understood.

/// One file, or standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The path as the user gave it, `-` for standard input.
    pub name: String,
    /// The whole text.
    pub text: String,
}
