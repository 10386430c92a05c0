//! What a plan reads of a cluster, kept in a file: `iriskit snapshot`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{VersionError, json_text, version};

/// The version that this crate writes.
pub const FORMAT_VERSION: &str = "1.0";
const VERSION: (u32, u32) = (1, 0);

/// The answers of a cluster, without secret values: each is [`crate::sealed`] with the snapshot's salt, so that it can be
/// seen whether two are equal and nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// `MAJOR.MINOR`.
    pub format_version: String,
    /// The iriskit that took it.
    pub iriskit_version: String,
    /// RFC 3339, UTC.
    pub taken_at: String,
    /// Where it was taken.
    pub cluster: Origin,
    /// Salt of all seals in it.
    pub salt: String,
    /// What was asked, by path, and what the server answered.
    pub answers: BTreeMap<String, Recorded>,
}

/// Where a snapshot was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Name of the kubeconfig context, `in-cluster`, or `sandbox`.
    pub context: String,
    /// Server URL; the folder for a sandbox.
    pub server: String,
    /// Namespace of documents that name none.
    pub namespace: String,
    /// User entry of the kubeconfig.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// SHA-256 of the server's CA certificates as the kubeconfig gives them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_sha256: Option<String>,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recorded {
    /// An object or a list.
    Found(Value),
    /// There is none.
    Missing,
    /// It may not be read; the server's words.
    Refused(String),
}

/// Why a snapshot can't be read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Not a snapshot.
    #[error("not a snapshot: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another format version.
    #[error(transparent)]
    Version(#[from] VersionError),
}

impl Snapshot {
    /// Reads a snapshot.
    pub fn parse(text: &str) -> Result<Self, SnapshotError> {
        let document: Value = serde_json::from_str(text)?;
        if let Some(found) = document.get("format_version").and_then(Value::as_str) {
            version::check(found, VERSION)?;
        }
        Ok(serde_json::from_value(document)?)
    }

    /// The file's text: sorted members, two spaces of indentation, a final newline.
    pub fn to_text(&self) -> Result<String, SnapshotError> {
        Ok(json_text(&serde_json::to_value(self)?))
    }
}
