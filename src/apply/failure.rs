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

    /// For a request of this change.
    pub(super) fn request(kind: &str, doing: &str) -> impl Fn(&ApiError) -> Self {
        let (kind, doing) = (kind.to_owned(), doing.to_owned());
        move |error| Self::Failed(format!("{doing}: {}", public_text(&kind, error)))
    }
}

/// What the server says, without what it may quote of a Secret's data.
pub(super) fn public_text(kind: &str, error: &ApiError) -> String {
    let quotes = kind == "Secret" && matches!(error.code(), Some(400 | 422 | 500));
    if !quotes {
        return error.to_string();
    }
    let causes: Vec<String> =
        error.causes().iter().map(|cause| format!("{} at {}", cause.reason, cause.field)).collect();
    let code = error.code().unwrap_or_default();
    if causes.is_empty() {
        format!("the server answered {code} {} (its text is left out: it may quote the Secret)", error.reason())
    } else {
        format!("the server answered {code} {}: {}", error.reason(), causes.join(", "))
    }
}
