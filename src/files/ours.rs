//! What is in a file that iriskit wrote, going by its content.

use std::{fs, path::Path};

/// Members that no manifest has. One byte that was altered must not make a manifest of a plan, so not all are needed.
const OF_A_PLAN: [&str; 5] =
    ["\"format_version\"", "\"iriskit_version\"", "\"resource_changes\"", "\"resource_drift\"", "\"expires_at\""];
const OF_A_SNAPSHOT: [&str; 5] =
    ["\"format_version\"", "\"iriskit_version\"", "\"taken_at\"", "\"salt\"", "\"answers\""];

/// A document that iriskit writes where the user says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// A plan, saved or as JSON.
    Plan,
    /// A snapshot of a cluster.
    Snapshot,
}

impl Document {
    /// `a plan of iriskit`.
    pub(super) fn spoken(self) -> &'static str {
        match self {
            Self::Plan => "a plan of iriskit",
            Self::Snapshot => "a snapshot of iriskit",
        }
    }

    /// Whether a text is such a document, whole or altered.
    pub(super) fn is_in(self, bytes: &[u8]) -> bool {
        let members = match self {
            Self::Plan => OF_A_PLAN,
            Self::Snapshot => OF_A_SNAPSHOT,
        };
        // Members are sorted, so they stand behind arrays of any length.
        let text = String::from_utf8_lossy(bytes);
        members.iter().filter(|member| text.contains(**member)).count() > members.len() / 2
    }
}

/// Whether the file holds a plan. `false` for everything that can't be read: who reads it as a manifest says why.
pub fn is_plan(path: &Path) -> bool {
    let bytes = path.is_file().then(|| fs::read(path).ok()).flatten().unwrap_or_default();
    Document::Plan.is_in(&bytes)
}
