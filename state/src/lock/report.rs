//! Who works on clusters: what `iriskit lock status -o json` prints.

use serde::{Deserialize, Serialize};

use super::LockHolder;
use crate::json_text;

/// The version that this crate writes.
pub const REPORT_VERSION: &str = "1.0";

/// The locks of clusters of a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LockReport {
    /// `MAJOR.MINOR`.
    pub format_version: String,
    /// When they were seen, RFC 3339, by the server's clock.
    pub at: String,
    /// The namespace.
    pub namespace: String,
    /// The clusters that were asked for, or all that were ever locked.
    pub clusters: Vec<ClusterLock>,
}

/// The lock of one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClusterLock {
    /// The IrisCluster.
    pub name: String,
    /// Whether somebody holds it.
    pub state: LockState,
    /// What the Lease calls who holds it; absent when nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The run that holds it, or held it last, when it is one of iriskit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<LockHolder>,
    /// When its holder was heard of last, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed: Option<String>,
}

/// Whether somebody holds a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LockState {
    /// Nobody does.
    Free,
    /// Somebody works.
    Held,
    /// Somebody worked and was not heard of for so long that the next run takes it over.
    Expired,
}

impl LockReport {
    /// The JSON Schema of it.
    #[cfg(feature = "schema")]
    pub fn schema() -> serde_json::Value {
        crate::schema::schema_of::<Self>("lock status", REPORT_VERSION)
    }

    /// What is printed.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_value(self).map(|document| json_text(&document))
    }
}
