//! What an IrisCluster was planned from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an IrisCluster was planned from, without secret values. The record keeps it, so that the next plan can say what caused a
/// change, and so that the mirror labeler stays where its flag or variable is forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PlannedFrom {
    /// The image of its mirror labeler, wherever it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labeler_image: Option<String>,
    /// Its manifest; left out where it is very long.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub manifest: Value,
    /// The texts of the ConfigMap that `configSource` names, by key; left out with the manifest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, String>,
}
