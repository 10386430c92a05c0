//! The state of a sandbox: `state.json` in its folder.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{VersionError, version};

/// The version that this crate writes.
pub const FORMAT_VERSION: &str = "1.0";
const VERSION: (u32, u32) = (1, 0);

/// All of a cluster that is played.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxState {
    /// `MAJOR.MINOR`.
    pub format_version: String,
    /// The last resourceVersion that was given out.
    pub resource_version: u64,
    /// Every object as the API shows it, by kind, namespace and name.
    pub objects: Vec<Value>,
}

/// Why a sandbox's state can't be read.
#[derive(Debug, thiserror::Error)]
pub enum SandboxStateError {
    /// Not the state of a sandbox.
    #[error("not the state of a sandbox: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another format version.
    #[error(transparent)]
    Version(#[from] VersionError),
}

impl SandboxState {
    /// Reads `state.json`.
    pub fn parse(text: &str) -> Result<Self, SandboxStateError> {
        let state: Self = serde_json::from_str(text)?;
        version::check(&state.format_version, VERSION)?;
        Ok(state)
    }

    /// The text of `state.json`.
    pub fn to_text(&self) -> Result<String, SandboxStateError> {
        Ok(serde_json::to_value(self)?.to_string())
    }
}
