//! Why a change was not done.

use super::Moved;
use crate::cluster::ApiError;

/// Why a change was not done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    /// The run was stopped.
    Stopped,
    /// The object is not as the plan saw it.
    Moved(Vec<Moved>),
    /// It can't be done, or took too long.
    Failed(String),
}

impl Failure {
    pub(super) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed(reason.into())
    }

    /// For a request.
    pub(super) fn request(doing: &str) -> impl Fn(&ApiError) -> Self {
        move |error| if error.is_withheld() { Self::Stopped } else { Self::Failed(format!("{doing}: {error}")) }
    }
}
