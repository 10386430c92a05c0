//! The run that holds a lock: the annotation of the Lease.

use serde::{Deserialize, Serialize};

use crate::{
    VersionError, version,
    who::{short_plan, who},
};

/// The version that this crate writes.
pub const FORMAT_VERSION: &str = "1.0";
const VERSION: (u32, u32) = (1, 0);

/// The run that holds a lock, or held it last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LockHolder {
    /// `MAJOR.MINOR`.
    pub format_version: String,
    /// Random: the Lease's `holderIdentity` while it is held.
    pub id: String,
    /// User entry of the kubeconfig, or the user of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Name of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The process, so that on the same machine it can be seen whether it still runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<LockProcess>,
    /// What it does: `apply` or `destroy`.
    pub command: String,
    /// The plan's id.
    pub plan: String,
    /// Since when, RFC 3339, by the server's clock.
    pub since: String,
    /// The iriskit that does it.
    pub iriskit_version: String,
}

/// A process of one machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LockProcess {
    /// Its number.
    pub pid: u32,
    /// Where that number counts: the start of the machine and the space of process numbers.
    pub space: String,
    /// When it was started, in the machine's own measure: a number is given again.
    pub started: String,
}

/// Why an annotation is not understood.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// None of ours.
    #[error("not the holder of a lock: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another format version.
    #[error(transparent)]
    Version(#[from] VersionError),
}

impl LockHolder {
    /// Who, and on which machine.
    pub fn who(&self) -> String {
        who(self.user.as_deref(), self.host.as_deref())
    }

    /// As much of the plan's id as people compare.
    pub fn short_plan(&self) -> String {
        short_plan(&self.plan)
    }

    /// Reads the annotation.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let holder: Self = serde_json::from_str(text)?;
        version::check(&holder.format_version, VERSION)?;
        Ok(holder)
    }

    /// The text of the annotation.
    pub fn to_text(&self) -> Result<String, LockError> {
        Ok(serde_json::to_value(self)?.to_string())
    }
}
