//! Why there is no plan.

use iriskit_state::record::RecordError;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The ConfigMap that `configSource` names can't be read, so the CPF can't be known.
    #[error(
        "IrisCluster {cluster}: configSource names ConfigMap {namespace}/{name}, {reason}; without it the CPF can't be known"
    )]
    ConfigSource {
        /// The IrisCluster.
        cluster: String,
        /// Its namespace.
        namespace: String,
        /// Name of the ConfigMap.
        name: String,
        /// `which does not exist`, or what the server said.
        reason: String,
    },
    /// A record is damaged or of another version.
    #[error("ConfigMap {namespace}/{name}: {error}")]
    Record {
        /// Namespace.
        namespace: String,
        /// Name.
        name: String,
        /// What is wrong.
        error: RecordError,
    },
    /// A record can't be read, so that nobody knows what a cluster has.
    #[error("ConfigMap {namespace}/{name}, the record of what was applied, can't be read: {reason}")]
    UnreadRecord {
        /// Namespace.
        namespace: String,
        /// Name.
        name: String,
        /// What the server said.
        reason: String,
    },
    /// Nothing of that name was ever applied.
    #[error("there is no record of an IrisCluster {name} in namespace {namespace}")]
    NoRecord {
        /// Namespace.
        namespace: String,
        /// Name.
        name: String,
    },
}
