//! What happens to one object.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ActionReason, Cause, Component, Fingerprint, Impact, Place, ReplaceMode, StageName, Step, Treatment};

/// One object of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ResourceChange {
    /// `StatefulSet/<namespace>/<name>`, `StorageClass/<name>`.
    pub address: String,
    /// Terraform's word for what is made and changed, and not only read. (Since 1.2)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// `apps/v1/StatefulSet`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// `apps/v1`.
    pub api_version: String,
    /// `StatefulSet`.
    pub kind: String,
    /// Absent for cluster-scoped kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
    /// `NAMESPACE/NAME` of the IrisCluster whose record it is in; empty for an object that clusters share (`iris-svc`),
    /// which is in no record.
    pub owner: String,
    /// The part of the topology that it belongs to.
    pub component: Component,
    /// The stage it is done in.
    pub stage: StageName,
    /// A few words on it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Place>,
    /// Actions and values.
    pub change: Change,
    /// Why, where the actions don't say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_reason: Option<ActionReason>,
    /// How a replacement is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace_mode: Option<ReplaceMode>,
    /// Who said that the server takes it.
    pub verified: Verified,
    /// With `deferred`: the address after whose step it is verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_after: Option<String>,
    /// The changed fields, in a stable order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// In which fields of the pod template pods that run an older revision differ from what the StatefulSet wants, as far as
    /// `fields` does not say it: `before` as they have it. Where others set it, `by` and `at` say who and when. Since 1.2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restart_causes: Vec<FieldChange>,
    /// What caused it, as far as that is known for certain. Since 1.2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// Addresses of changes in this plan that must be done before this one is begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// What it does to pods, volumes and the primary.
    #[serde(default, skip_serializing_if = "Impact::is_none")]
    pub impact: Impact,
    /// What apply does, in order; empty for `no-op`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What the live object was like; absent in plans that were made only to be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
}

impl ResourceChange {
    /// Whether nothing happens to the object.
    pub fn is_no_op(&self) -> bool {
        self.change.actions == [Verb::NoOp]
    }

    /// Whether the object is deleted and made again.
    pub fn is_replace(&self) -> bool {
        self.change.actions.len() == 2
    }
}

/// Terraform's words for what becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Made, changed and deleted. Nothing in a plan is anything else.
    Managed,
}

/// Terraform's words for actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Nothing.
    NoOp,
    /// Made.
    Create,
    /// Changed in place.
    Update,
    /// Deleted.
    Delete,
}

/// Actions and values, without secret values: those read `(sensitive)` or `(sensitive, changed)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// `["no-op"]`, `["create"]`, `["update"]`, `["delete"]`, `["delete","create"]`, `["create","delete"]`.
    pub actions: Vec<Verb>,
    /// The live object without status and managedFields; null when it does not exist, left out for `no-op`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// The object as it will be, as far as known; null for a deletion, left out for `no-op`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub after: Value,
    /// `true` at the places of `after` that only the server can fill.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub after_unknown: Value,
    /// `true` at the secret places of `before`; lists have an entry for each item, empty where nothing is secret.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub before_sensitive: Value,
    /// `true` at the secret places of `after`, likewise.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub after_sensitive: Value,
    /// The paths that force a replacement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replace_paths: Vec<String>,
}

/// Who verified a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verified {
    /// The server, by a dry-run or because nothing changes.
    Server,
    /// Only iriskit: a right is missing, no server was asked, or it refused, which an error says.
    Local,
    /// Verified during apply, when what it refers to exists.
    Deferred,
}

/// Why a field differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The manifest says something else than at the last apply.
    Manifest,
    /// Others changed the live object.
    Drift,
    /// Follows from another change (a default comes back, a field leaves with its parent).
    Server,
}

/// One changed field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    /// `spec.template.spec.containers[iris].image`.
    pub path: String,
    /// Value before; null when the field is new. Secret values in it read `(sensitive)`; a list or map with secrets too.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// Value after; null when the field goes. Secret values in it read `(sensitive)`; a list or map with secrets too.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub after: Value,
    /// Whether the value is secret.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// Why it differs.
    pub origin: Origin,
    /// The field manager that changed or holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// What others changed in one object since the last apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ResourceDrift {
    /// Its address.
    pub address: String,
    /// As of a change. (Since 1.2)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// `apps/v1/StatefulSet`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Absent for cluster-scoped kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
    /// The fields: `before` as iriskit applied it or, where only its hash is known, as the manifest has it now (null where it
    /// has none), `after` as found.
    pub fields: Vec<FieldChange>,
    /// `true` when apply sets the fields back, `false` when they are not ours and are left alone.
    pub taken_back: bool,
    /// What is done about fields that the manifest wants otherwise; absent for what it does not speak of. Since 1.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treatment: Option<Treatment>,
    /// Whether iriskit never applied these fields, and the manifest wants them. Since 1.1.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub never_ours: bool,
}
