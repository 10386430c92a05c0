//! What is not ready.

use serde::{Deserialize, Serialize};

/// An object of the plan that exists and is not ready. `apply` waits for it in its stage, whether the plan changes it or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NotReady {
    /// Its address.
    pub address: String,
    /// How it stands.
    pub state: NotReadyState,
    /// What it waits for, or why it failed.
    pub reason: String,
    /// Of a StatefulSet the names of the pods that are missing, on their way out or not ready: what becomes of them
    /// while apply waits was to be expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pods: Vec<String>,
}

/// How an object stands that is not ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NotReadyState {
    /// It may become ready by itself.
    Waiting,
    /// It will not.
    Failed,
    /// Its controller has not seen its newest generation: its status is that of an older one, and what becomes of its
    /// pods is not known yet.
    Unsettled,
}
