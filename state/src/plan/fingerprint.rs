//! What the plan saw of a live object.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Existence, uid and the value of every path that we desire, own or recorded. Status, managedFields and (but for
/// Secrets) resourceVersion are not in it, so that they never make a plan stale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// Whether the object existed.
    pub exists: bool,
    /// Its uid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// resourceVersion, for Secrets that are only referred to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
    /// What was seen at each path (`.spec.replicas`).
    pub values: BTreeMap<String, Observed>,
    /// Paths that may change: fields that are left to others, and what only holds other fields. Since 1.1.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ignored: BTreeSet<String>,
}

/// A value as seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Observed {
    /// The field did not exist.
    Absent,
    /// A short value.
    Value(Value),
    /// SHA-256 of a long value's JSON text.
    Sha256(String),
    /// Salt and [`crate::hole_hash`] of a secret value, in plans of version 1.0.
    Secret(String, String),
    /// Salt, and the SHA-256 of the value's JSON text in which every secret is sealed with that salt (its slow hash stands
    /// in its place).
    Sealed(String, String),
}
