//! What a changed text means for IRIS, parameter by parameter.

use serde::{Deserialize, Serialize};

use super::RuleId;

/// One parameter or action of a CPF merge file or CSP.ini that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ParameterChange {
    /// The key of the ConfigMap: `data.cpf`, `compute.cpf`, `CSP.ini`.
    pub file: String,
    /// The section, as written: `config`.
    pub section: String,
    /// The key (`globals`), or in `[Actions]` the action and what it is about (`CreateDatabase:Name=x`).
    pub key: String,
    /// The value before, or an action's arguments; absent when it is new or secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The value after; absent when the line goes or is secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Whether the values are secret.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// Whether the line goes. What it had set stays set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// When it takes effect.
    pub takes_effect: TakesEffect,
    /// Whether mirroring changes with it, or mirror members have to agree on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mirror: bool,
    /// Pods that restart in this plan, after the text is written, and so take it over: only with `next-restart`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loaded_by: Vec<String>,
    /// Pods that go on without it after the plan, because they don't restart: only with `next-restart`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<String>,
    /// What else is worth knowing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The rule behind it (docs/rules.md).
    pub rule: RuleId,
}

/// When a changed parameter takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TakesEffect {
    /// At once, or within the minutes that a mounted text takes to arrive.
    Live,
    /// Likewise, for processes that start after it.
    NewProcesses,
    /// When the instance (for CSP.ini: the web gateway) starts next.
    NextRestart,
    /// Only where an instance is made.
    FirstStart,
    /// Never.
    NoEffect,
    /// No source says when.
    Unknown,
}
