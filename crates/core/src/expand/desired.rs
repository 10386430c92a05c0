//! One object that should exist.

use serde_json::Value;

use iriskit_state::plan::{Component, Stage};

use crate::diagnostic::Position;
use iriskit_kubernetes::schema::ObjectRef;

/// Who may change the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// One `IrisCluster` owns it: recorded, updated, removed.
    Owned,
    /// Shared by the clusters of a namespace (`iris-svc`): created when missing, never updated, in no record.
    Shared,
}

/// How pods of a StatefulSet come to a new revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rolling {
    /// The object has no pods, or Kubernetes rolls them.
    Kubernetes,
    /// iriskit deletes the pods one by one, by mirror role (`updateStrategy` on the object is `OnDelete`).
    ByRole,
    /// The same, but the primary stays on the old revision for now (`--pause-before primary`).
    UpToPrimary,
    /// The manifest says `OnDelete`: outdated pods are only reported.
    ReportOnly,
}

/// One object that should exist, with everything that plan and apply need to know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// Which object.
    pub object: ObjectRef,
    /// The full set of our fields (apiVersion, kind, metadata included), without `iriskit/applied` and
    /// `applyset.kubernetes.io/part-of`, which `plan` adds.
    pub value: Value,
    /// When it is applied.
    pub stage: Stage,
    /// What it belongs to.
    pub component: Component,
    /// Objects that must be there first within the same run.
    pub depends_on: Vec<ObjectRef>,
    /// Who may change it.
    pub ownership: Ownership,
    /// How its pods are rolled.
    pub rolling: Rolling,
    /// Whether its pods hold data in volumes.
    pub holds_data: bool,
    /// Whether it is a mirrored data StatefulSet.
    pub mirrored: bool,
    /// A few words for the plan (`headless, shared by the clusters of the namespace`); may be empty.
    pub about: String,
    /// Where it was written, for companions and for the field that asks for it.
    pub source: Option<Position>,
}
