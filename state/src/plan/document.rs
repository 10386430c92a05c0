//! The whole document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    AllowanceName, Blocked, Fingerprint, FinishedUpgrade, NotReady, NoteId, OwnershipPolicy, Place, PlannedFrom,
    ResourceChange, ResourceDrift, StageName, Totals,
};

/// A plan. Byte-identical for the same inputs, but for `id`, times, salts, hashes of secrets and `digest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// `MAJOR.MINOR`, see [`super::FORMAT_VERSION`].
    pub format_version: String,
    /// The iriskit that made it.
    pub iriskit_version: String,
    /// 32 hexadecimal digits.
    pub id: String,
    /// `sha256:` and the SHA-256 of the canonical document without this member; empty until written to a file.
    pub digest: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// The same, under Terraform's name. (Since 1.2)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Whether there is anything to apply, and nothing in the plan that forbids it. Terraform's name. (Since 1.2)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applyable: Option<bool>,
    /// Whether nothing is left to plan again after it: no error, and no roll that stops before the primary. Terraform's name.
    /// (Since 1.2)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
    /// Whether there are errors among the notes. Terraform's name. (Since 1.2)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errored: Option<bool>,
    /// RFC 3339, UTC; apply refuses the plan after that.
    pub expires_at: String,
    /// What the plan does.
    pub operation: Operation,
    /// Which Kubernetes cluster it was made against.
    pub cluster: ClusterIdentity,
    /// With `plan --snapshot`: what it was made from instead of a live cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<MadeFrom>,
    /// The manifests it was made from; needed again to fill the holes of secret values, and for nothing else. Of a destroy what
    /// it was told to remove.
    pub sources: Vec<Source>,
    /// Namespace of documents, and of names to destroy, that name none. (Since 1.2)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The labeler image given by flag or environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labeler_image: Option<String>,
    /// What was to be done about fields and objects of others; left out where nothing was said. Since 1.1.
    #[serde(default, skip_serializing_if = "OwnershipPolicy::is_default")]
    pub ownership: OwnershipPolicy,
    /// The IrisClusters in it.
    pub owners: Vec<Owner>,
    /// What the plan read besides its own objects: Secrets (uid and resourceVersion) and ConfigMaps (digests) by name.
    pub references: Vec<Reference>,
    /// Every object, unchanged ones included, in order of execution.
    pub resource_changes: Vec<ResourceChange>,
    /// What others changed since the last apply.
    pub resource_drift: Vec<ResourceDrift>,
    /// What exists and is not ready, in order of execution, unchanged objects included. Never counts as a change. Since 1.2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_ready: Vec<NotReady>,
    /// New versions that apply writes down as finished. Bookkeeping, never a change. Since 1.2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finished_upgrades: Vec<FinishedUpgrade>,
    /// Stages with the addresses of their changes, in order; empty stages are left out.
    pub stages: Vec<StagedChanges>,
    /// Counts of actions.
    pub summary: Summary,
    /// Restarts, moves of a primary and volumes over all changes.
    pub impact: Totals,
    /// What has to be allowed by name.
    pub allowances: Vec<Allowance>,
    /// The arguments of apply that allow it: `--allow replace,restart-primary`; left out where nothing has to be. Of a destroy
    /// that keeps volumes and loses some all the same, `--keep-volumes` is one of them. Since 1.1.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub apply_flags: String,
    /// Deletions and replacements that the annotation `iriskit/protect` forbids. Since 1.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<Blocked>,
    /// What stays behind (volumes).
    pub staying: Vec<Staying>,
    /// Diagnostics; never count as changes.
    pub notes: Vec<Note>,
}

/// The snapshot that a plan was made from. No server checked its changes; `apply` checks them all against the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MadeFrom {
    /// When it was taken, RFC 3339, UTC.
    pub taken_at: String,
    /// The iriskit that took it.
    pub iriskit_version: String,
}

/// What a plan does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Makes the cluster as the manifests say.
    Apply,
    /// Removes clusters.
    Destroy,
}

/// Which cluster. Everything that both sides know has to match, and at least one thing must be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClusterIdentity {
    /// Name of the kubeconfig context, `in-cluster`, or `sandbox`.
    pub context: String,
    /// Server URL; the folder for a sandbox.
    pub server: String,
    /// SHA-256 of the server's CA certificates as the kubeconfig gives them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_sha256: Option<String>,
    /// User entry of the kubeconfig.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The namespaces that the plan touches, by name.
    pub namespaces: BTreeMap<String, NamespaceIdentity>,
}

/// Where a plan was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterPlace<'a> {
    /// In the sandbox of this folder.
    Sandbox(&'a str),
    /// From inside the cluster, with the ServiceAccount of a pod.
    InCluster,
    /// By a context of a kubeconfig.
    Context(&'a str),
}

impl ClusterIdentity {
    /// The place of which `context` and `server` tell. A context may be named like a sandbox, but then its server is a URL.
    pub fn place(&self) -> ClusterPlace<'_> {
        match self.context.as_str() {
            "sandbox" if !self.server.contains("://") => ClusterPlace::Sandbox(&self.server),
            "in-cluster" => ClusterPlace::InCluster,
            context => ClusterPlace::Context(context),
        }
    }
}

/// What is known of a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NamespaceIdentity {
    /// Whether it existed.
    pub exists: bool,
    /// Whether that could not be read: it is taken to exist (since 1.2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
    /// uid of the Namespace, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// uid of ConfigMap `kube-root-ca.crt` in it, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_ca_uid: Option<String>,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// As given by the user; `-` for standard input. Of a destroy also the name of an IrisCluster.
    pub path: String,
}

/// One IrisCluster in the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The topology in a few words.
    pub summary: String,
    /// File it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Place>,
    /// What it was planned from, which apply writes into its record. (Since 1.2)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_from: Option<PlannedFrom>,
}

/// An object that the plan depends on without touching it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Its address.
    pub address: String,
    /// `v1`.
    pub api_version: String,
    /// What was seen of it; absent where reading it is not allowed, and in a plan that is only shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
}

/// A stage and what is done in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Stage"))]
#[serde(deny_unknown_fields)]
pub struct StagedChanges {
    /// `prerequisites`, `arbiter`, `data`, `compute`, `web gateway`, `services`; beside its own place `web gateway before data`
    /// or `arbiter after data`; for what goes `remove services`.
    pub name: StageName,
    /// Addresses of changes, no-ops included, in order.
    pub changes: Vec<String>,
}

/// Counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Objects that are created.
    pub create: usize,
    /// Objects that are changed in place (adopted ones and outdated pods included).
    pub update: usize,
    /// Objects that are replaced.
    pub replace: usize,
    /// Objects that are deleted.
    pub delete: usize,
    /// Objects that are as they should be.
    pub unchanged: usize,
}

impl Summary {
    /// Whether anything happens.
    pub fn changes(&self) -> bool {
        [self.create, self.update, self.replace, self.delete].iter().any(|count| *count > 0)
    }
}

/// A named permission that the plan needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// What `--allow` takes.
    pub name: AllowanceName,
    /// Why, one sentence an object.
    pub reasons: Vec<String>,
}

/// Something that is left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Staying {
    /// Its address.
    pub address: String,
    /// The owner (`namespace/name`) that it belonged to.
    pub owner: String,
    /// Requested size of a volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// What becomes of the data when the claim is deleted, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reclaim_policy: Option<String>,
    /// Why it stays.
    pub reason: String,
}

/// How bad a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing may be applied.
    Error,
    /// Applied all the same.
    Warning,
    /// Worth knowing.
    Note,
}

/// A diagnostic in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// How bad it is.
    pub severity: Severity,
    /// Stable identifier.
    pub id: NoteId,
    /// One sentence fragment.
    pub message: String,
    /// The object it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Where in the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Place>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}
