//! What is done about fields and objects that others hold.

use serde::{Deserialize, Serialize};

/// What is done about a field that another manager holds with another value.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Treatment {
    /// It becomes iriskit's, with the manifest's value; one that the manifest does not have goes.
    #[default]
    Take,
    /// It is not sent: it keeps the live value and its holder.
    Leave,
    /// Nothing may be applied.
    Fail,
}

/// The ownership rules that a plan was made with. Its steps follow them already: apply does not ask again.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnershipPolicy {
    /// For fields that iriskit applied and others changed.
    #[serde(default)]
    pub on_drift: Treatment,
    /// For single fields, drifted or never ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<OwnershipRule>,
    /// Whether objects that others made are taken over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopt: bool,
}

impl OwnershipPolicy {
    /// Whether it is what counts when nothing was said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// One rule.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnershipRule {
    /// What is done.
    pub treatment: Treatment,
    /// `[KIND[/[NAMESPACE/]NAME]:]PATH`, as it was given.
    pub fields: String,
}
