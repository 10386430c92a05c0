//! How clusters stand: what `iriskit status -o json` prints.

use serde::{Deserialize, Serialize};

use crate::{
    json_text,
    plan::{NotReadyState, Role},
};

/// The version that this crate writes.
pub const FORMAT_VERSION: &str = "1.0";

/// What was seen of the clusters of a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StatusReport {
    /// `MAJOR.MINOR`.
    pub format_version: String,
    /// When it was seen, RFC 3339.
    pub at: String,
    /// The namespace.
    pub namespace: String,
    /// Whether every cluster is healthy; not when something could not be read.
    pub healthy: bool,
    /// The clusters, by name.
    pub clusters: Vec<ClusterStatus>,
    /// What could not be read, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

impl StatusReport {
    /// The JSON Schema of it.
    #[cfg(feature = "schema")]
    pub fn schema() -> serde_json::Value {
        crate::schema::schema_of::<Self>("status", FORMAT_VERSION)
    }

    /// What is printed.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_value(self).map(|document| json_text(&document))
    }
}

/// One cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClusterStatus {
    /// The IrisCluster.
    pub name: String,
    /// What is wrong with it; a cluster of which this is empty is healthy.
    pub problems: Vec<String>,
    /// Who works on it at this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working: Option<String>,
    /// The last apply that ended well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_apply: Option<LastApplied>,
    /// Its objects that have pods, or run to an end.
    pub workloads: Vec<WorkloadStatus>,
    /// By which addresses it is reached.
    pub services: Vec<ServiceStatus>,
    /// Parameters that pods load only when they start again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending_restarts: Vec<PendingRestart>,
    /// Fields that have other values than were applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<DriftedObject>,
}

/// When, by whom and with what it was last applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LastApplied {
    /// RFC 3339.
    pub at: String,
    /// User entry of the kubeconfig.
    pub by: String,
    /// Version of iriskit.
    pub version: String,
}

/// An object that has pods, or runs to an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkloadStatus {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The part of the cluster: `data`, `compute` …; absent for companions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// How it stands when it is not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_ready: Option<NotReadyState>,
    /// What it waits for, or why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its pods, by name.
    pub pods: Vec<PodStatus>,
}

/// A pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PodStatus {
    /// Its name.
    pub name: String,
    /// Whether it is ready and not on its way out.
    pub ready: bool,
    /// Why the first of its containers that wait is waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<String>,
    /// Its role in a mirror, by its label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What IRIS says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<MemberReport>,
    /// Image of its first container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// How often its containers were restarted.
    pub restarts: u64,
    /// Whether its set wants another revision of it; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outdated: Option<bool>,
}

/// What a mirror member said of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MemberReport {
    /// `Failover`, `Disaster Recovery` …
    #[serde(rename = "type")]
    pub member_type: String,
    /// `Primary`, `Backup`, `Connected` …
    pub status: String,
    /// Journal transfer; empty when unknown.
    pub journal: String,
    /// When, RFC 3339.
    pub at: String,
    /// How many seconds ago.
    pub age_seconds: i64,
}

/// A Service of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ServiceStatus {
    /// Its name.
    pub name: String,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
    #[serde(rename = "type")]
    pub service_type: String,
    /// Its addresses: of load balancers first, then that of the cluster.
    pub addresses: Vec<String>,
    /// `NAME:PORT`, with `/NODEPORT` where there is one.
    pub ports: Vec<String>,
    /// How many ready pods its selector takes; absent without a selector, or where pods can't be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<usize>,
}

/// A parameter that a pod has not loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PendingRestart {
    /// The pod.
    pub pod: String,
    /// `data.cpf [config] globals`.
    pub parameter: String,
    /// Since when, RFC 3339.
    pub since: String,
}

/// An object with fields that have other values than were applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DriftedObject {
    /// `Service/hospital/simple`.
    pub address: String,
    /// The fields.
    pub fields: Vec<String>,
}
