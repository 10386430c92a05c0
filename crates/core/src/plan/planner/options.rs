//! How to plan, and what comes of it.

use std::collections::BTreeSet;

use iriskit_state::{
    plan::{ClusterIdentity, Note, Plan},
    record::Run,
};
use jiff::SignedDuration;
use serde_json::Value;

use super::{labeler_image::LabelerImage, question::Read};
use crate::plan::{
    changes::examine::OwnerInput,
    draft::outcome::Outcome,
    live::Live,
    order::arrange::Rollout,
    ownership::{lock::lease_ref, owners::OwnerName, policy::Policy},
    secret_values::SecretValues,
};

/// How to plan.
#[derive(Debug, Clone)]
pub struct Options {
    /// The inputs' names, as the user gave them.
    pub sources: Vec<String>,
    /// What is said of the mirror labeler's image beside manifests.
    pub labeler: LabelerImage,
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
    /// Whether it has every kind of Kubernetes; the sandbox has only some.
    pub has_every_kind: bool,
    /// Whether dry-runs of pods tell what the pod security standards of their namespace forbid.
    pub judges_pod_security: bool,
}

/// A plan and the secret values that belong into it.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What fills its holes.
    pub secret_values: SecretValues,
    /// What was seen of runs on its clusters.
    pub runs: Vec<SeenRuns>,
}

impl Planned {
    /// Says more of the plan: what only the time of its making tells.
    pub fn tell(&mut self, notes: impl IntoIterator<Item = Note>) {
        self.plan.notes.extend(notes);
        self.plan.notes.sort_by_key(|note| note.severity);
        Outcome::settle(&mut self.plan);
    }
}

/// What was seen of the runs on a cluster.
#[derive(Debug, Clone)]
pub struct SeenRuns {
    /// The cluster.
    pub owner: OwnerName,
    /// The ids of the plans that its record knows: another one means that somebody worked since.
    pub plans: BTreeSet<String>,
    /// The run that works, or was killed, by the record.
    pub run: Option<Run>,
    /// The lock of the cluster, where its record knows a run that has not ended.
    pub lease: Option<Value>,
}

impl SeenRuns {
    /// What the record says, and the lock, as far as it was read.
    pub(crate) fn of(owner: &OwnerInput, live: &Live) -> Self {
        let record = owner.record.as_ref();
        Self {
            owner: OwnerName { namespace: owner.namespace.clone(), name: owner.name.clone() },
            plans: record.map(|record| record.plans.keys().cloned().collect()).unwrap_or_default(),
            run: record.and_then(|record| record.run.clone()),
            lease: live.get(&lease_ref(&owner.namespace, &owner.name)).cloned(),
        }
    }
}

/// The locks of clusters whose records know a run that has not ended: does it work, or was it killed?
pub(crate) fn locks_of_interest(owners: &[OwnerInput]) -> Vec<Read> {
    let open = owners.iter().filter(|owner| owner.record.as_ref().is_some_and(|record| record.run.is_some()));
    open.map(|owner| Read::Get(lease_ref(&owner.namespace, &owner.name))).collect()
}
