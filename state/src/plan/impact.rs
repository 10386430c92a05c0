//! What a change does to pods, volumes and the primary.

use serde::{Deserialize, Serialize};

use super::{ParameterChange, RuleId};

/// How much a change is felt, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ImpactClass {
    /// Nothing that runs is touched.
    #[default]
    None,
    /// Takes effect while everything runs.
    Live,
    /// Pods restart one by one.
    Rolling,
    /// The primary moves to the other member.
    PrimaryMoves,
    /// Something is unavailable.
    Outage,
    /// Data can be lost or comes back.
    Data,
}

/// Impact of one change. Predictions name the rules that made them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Impact {
    /// The class.
    pub class: ImpactClass,
    /// Pods, in the order in which they are touched; a pod that is touched twice stands here twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pods: Vec<PodImpact>,
    /// Whether Kubernetes touches the pods in no order that a plan could promise, since format 1.1.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unordered: bool,
    /// Names of the pods that stay on an older revision of their StatefulSet, since format 1.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_outdated: Vec<String>,
    /// How often the primary moves.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub primary_moves: usize,
    /// Volumes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<VolumeImpact>,
    /// What is unavailable and until when, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unavailable: Vec<String>,
    /// Why it can't be undone, when it can't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub irreversible: Option<String>,
    /// Services that lose their endpoints, in the order in which they do, since format 1.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ServiceImpact>,
    /// From which releases of IRIS pods go to another image, since format 1.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageImpact>,
    /// Parameters of changed CPF and CSP.ini texts, since format 1.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterChange>,
    /// What else follows, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// Ids of the rules behind the predictions (docs/rules.md).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleId>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Impact {
    /// Whether there is nothing to say.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// The roles of mirror members that pods are labelled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Serves.
    Primary,
    /// Takes over.
    Backup,
}

impl Role {
    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Backup => "backup",
        }
    }
}

/// What happens to a pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PodImpact {
    /// Its name.
    pub pod: String,
    /// What it is when its turn comes, where it is known: the first time that a pod stands here, as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The member that takes over from a primary that goes. (Since 1.2)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// What happens.
    pub effect: PodEffect,
    /// Id of the rule that puts it here (docs/rules.md). (Since 1.1)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
}

/// What happens to a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PodEffect {
    /// It is made.
    Created,
    /// It is deleted and made again.
    Restarts,
    /// It goes.
    Deleted,
    /// It goes on running: the set that is made again takes it over (since 1.1).
    Adopted,
}

/// A Service that has endpoints now and has none for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ServiceImpact {
    /// Its address.
    pub service: String,
    /// The pod whose restart or deletion takes the last endpoint away.
    pub pod: String,
    /// Until when.
    pub until: ServiceUntil,
}

/// Until when a Service has no endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ServiceUntil {
    /// Until another member of the mirror is primary.
    FailOver,
    /// Until the pod is ready again.
    PodReady,
    /// From then on.
    Gone,
}

/// A change of the image of IRIS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ImageImpact {
    /// The image that pods run.
    pub from: String,
    /// The image that they will run.
    pub to: String,
    /// What that means.
    pub change: ReleaseChange,
    /// Why it is not known; absent when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What another image of IRIS means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseChange {
    /// The same release.
    SameRelease,
    /// A newer release; needs `major-upgrade`.
    MajorRelease,
    /// An older release or build; refused.
    Downgrade,
    /// A tag does not say; needs `major-upgrade`.
    Unknown,
}

/// What happens to a volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VolumeImpact {
    /// Name of the PersistentVolumeClaim.
    pub claim: String,
    /// What happens.
    pub effect: VolumeEffect,
    /// Requested size; of a volume that grows the new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// Of a volume that grows, the size that was requested so far (since 1.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_before: Option<String>,
    /// Storage class, where it is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// When an existing claim was made, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
}

/// What happens to a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum VolumeEffect {
    /// Made empty.
    New,
    /// Exists already, with whatever data it holds, and is mounted again.
    Reused,
    /// Is left as it is.
    Stays,
    /// Is deleted with its data.
    Deleted,
    /// More space is requested for it (since 1.1).
    Grows,
    /// Made empty, or it exists already and is mounted again: that is unknown, since claims could not be listed (since 1.2).
    Unknown,
}

/// Impact of the whole plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// The highest class of all changes.
    pub class: ImpactClass,
    /// Running pods that restart.
    pub restarts: usize,
    /// How often a primary moves.
    pub primary_moves: usize,
    /// Volumes that are made.
    pub volumes_new: usize,
    /// Existing volumes that are mounted by new pods.
    pub volumes_reused: usize,
    /// Volumes that stay behind.
    pub volumes_staying: usize,
    /// Volumes that are deleted.
    pub volumes_deleted: usize,
    /// Volumes for which more space is requested (since 1.1).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub volumes_growing: usize,
    /// Volumes of which it is unknown whether they exist already (since 1.2).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub volumes_unknown: usize,
    /// Whether the pods of a namespace could not be listed: the counts of pods are what StatefulSets say (since 1.2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pods_unknown: bool,
    /// Whether the claims of a namespace could not be listed (since 1.2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claims_unknown: bool,
}
