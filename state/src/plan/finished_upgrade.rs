//! What the record does not know yet.

use serde::{Deserialize, Serialize};

/// A new version of a mirror that the record still calls unfinished, though each fail-over member has been primary in it by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FinishedUpgrade {
    /// `NAMESPACE/NAME` of the IrisCluster whose record says so.
    pub owner: String,
    /// Name of the StatefulSet.
    pub set: String,
}
