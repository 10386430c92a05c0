//! One object that should exist.

use serde_json::Value;

use crate::diagnostic::Position;
use iriskit_kubernetes::schema::ObjectRef;

/// The stages of an apply, in order; destroy goes through them in reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Service account, role, role binding, headless service, companions that others refer to.
    Prerequisites,
    /// The arbiter.
    Arbiter,
    /// Data nodes.
    Data,
    /// Compute nodes.
    Compute,
    /// Stand-alone web gateways.
    WebGateway,
    /// Services that face users, and the remaining companions.
    Services,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; 6] =
        [Self::Prerequisites, Self::Arbiter, Self::Data, Self::Compute, Self::WebGateway, Self::Services];

    /// The name in plans: `prerequisites`, `arbiter`, `data`, `compute`, `web gateway`, `services`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prerequisites => "prerequisites",
            Self::Arbiter => "arbiter",
            Self::Data => "data",
            Self::Compute => "compute",
            Self::WebGateway => "web gateway",
            Self::Services => "services",
        }
    }
}

/// The part of a topology that an object belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// Serves the whole cluster.
    Cluster,
    /// Data nodes.
    Data,
    /// Compute nodes.
    Compute,
    /// The arbiter.
    Arbiter,
    /// Stand-alone web gateways.
    WebGateway,
    /// Written by the user beside the `IrisCluster`.
    Companion,
}

impl Component {
    /// The name in plans.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Data => "data",
            Self::Compute => "compute",
            Self::Arbiter => "arbiter",
            Self::WebGateway => "webgateway",
            Self::Companion => "companion",
        }
    }
}

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
