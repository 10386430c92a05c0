//! Everything besides objects that a plan says.

use iriskit_state::plan::{ClusterIdentity, Note, Operation, OwnershipPolicy, Reference, Source};

use crate::plan::order::arrange::Rollout;

/// What a plan is stamped with; comes from outside, since planning knows no clock.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// 32 hexadecimal digits.
    pub id: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub expires_at: String,
    /// The version of iriskit.
    pub iriskit_version: String,
}

/// Everything besides objects that a plan says.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Ids and times.
    pub stamp: Stamp,
    /// Apply or destroy.
    pub operation: Operation,
    /// The cluster.
    pub cluster: ClusterIdentity,
    /// The manifests.
    pub sources: Vec<Source>,
    /// The namespace of documents that name none.
    pub namespace: String,
    /// The labeler image from flag or environment.
    pub labeler_image: Option<String>,
    /// What was to be done about what others hold.
    pub ownership: OwnershipPolicy,
    /// Objects that were only read.
    pub references: Vec<Reference>,
    /// Diagnostics so far.
    pub notes: Vec<Note>,
    /// What is asked of restarts and their order.
    pub rollout: Rollout,
    /// Whether fingerprints are wanted (a plan that is applied or saved).
    pub fingerprints: bool,
}
