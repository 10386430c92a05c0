//! What may not be deleted.

use serde::{Deserialize, Serialize};

/// A deletion or replacement that is forbidden. Nothing of the plan is applied while there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Blocked {
    /// Address of the change that is blocked.
    pub address: String,
    /// Address of the object with the annotation `iriskit/protect`: the same, or the record of its IrisCluster.
    pub protected: String,
    /// The field manager that set the annotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}
