//! How to plan, and what comes of it.

use iriskit_state::plan::{ClusterIdentity, Plan};
use jiff::SignedDuration;

use crate::plan::{order::arrange::Rollout, ownership::policy::Policy, secret_values::SecretValues};

/// How to plan.
#[derive(Debug, Clone)]
pub struct Options {
    /// The inputs' names, as the user gave them.
    pub sources: Vec<String>,
    /// Image of the mirror labeler from flag or environment.
    pub labeler_image: Option<String>,
    /// Ask the server about every object.
    pub always_ask: bool,
    /// What is done about fields and objects of others.
    pub policy: Policy,
    /// What is asked of restarts and their order.
    pub rollout: Rollout,
    /// How long a saved plan may be applied.
    pub lifetime: SignedDuration,
    /// Whether the plan will be applied or saved (it then carries fingerprints).
    pub fingerprints: bool,
}

/// What is known of the cluster that answers, without asking.
#[derive(Debug, Clone)]
pub struct Server {
    /// Context, address and user; its namespaces are found out.
    pub identity: ClusterIdentity,
    /// The namespace of documents that name none.
    pub namespace: String,
    /// Whether dry-runs of pods tell what the pod security standards of their namespace forbid.
    pub judges_pod_security: bool,
}

/// A plan and the secret values that belong into it.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What fills its holes.
    pub secret_values: SecretValues,
}
