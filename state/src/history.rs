//! What runs did to clusters: what `iriskit history -o json` prints.

use serde::{Deserialize, Serialize};

use crate::{
    json_text,
    record::{Run, RunReport},
};

/// The version that this crate writes.
pub const FORMAT_VERSION: &str = "1.0";

/// What the records of clusters keep of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HistoryReport {
    /// `MAJOR.MINOR`.
    pub format_version: String,
    /// The namespace.
    pub namespace: String,
    /// The clusters.
    pub clusters: Vec<ClusterHistory>,
}

/// The runs of one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClusterHistory {
    /// The IrisCluster.
    pub name: String,
    /// The run that works, or one that was killed before it could write down its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// What is kept of those that ended, the oldest first.
    pub history: Vec<RunReport>,
}

impl HistoryReport {
    /// The JSON Schema of it.
    #[cfg(feature = "schema")]
    pub fn schema() -> serde_json::Value {
        crate::schema::schema_of::<Self>("history", FORMAT_VERSION)
    }

    /// What is printed.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_value(self).map(|document| json_text(&document))
    }
}
