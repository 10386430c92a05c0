//! What caused a change.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Place;

/// What caused a change. Found by planning the manifest once more with this one thing as it was at the last apply, and by what
/// that apply wrote down: what can't be known so is not said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// What kind of cause it is.
    pub kind: CauseKind,
    /// The field of the manifest (`spec.topology.data.image`), the key of the ConfigMap that `configSource` names (`data.cpf`), the
    /// flag or variable (`--labeler-image`), or the field of the object that others changed.
    pub what: String,
    /// Where that is written; of what is gone from a manifest, where it stood in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Place>,
    /// The address of the ConfigMap that `configSource` names, where it is not among the manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The value at the last apply; null where there was none, and for texts. Secret values in it read `(sensitive)`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// The value now; null where there is none, and for texts. Secret values in it read `(sensitive)`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub after: Value,
    /// The field manager that changed it, where it is not from a manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The fields of the object that differ because of it; empty where the object comes or goes as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// What kind of cause it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// A manifest says something else than at the last apply.
    Manifest,
    /// The ConfigMap that `configSource` names has another text.
    ConfigSource,
    /// A flag or a variable says something else.
    Option,
    /// Others changed the object.
    Others,
}
