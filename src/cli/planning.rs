//! What the commands that plan have in common.

use iriskit_state::plan::{Plan, Severity};
use jiff::SignedDuration;

use super::{CliError, ErrorId, args::Planning, input};
use crate::{
    cluster::Cluster,
    survey::Options,
    ui::{Ui, plural},
};
use iriskit_core::manifest::{Input, Reading};

/// The manifests, understood with the namespace of the connection.
pub(super) fn settled(ui: &Ui, cluster: &Cluster, inputs: &[Input], early: Reading) -> Result<Reading, CliError> {
    let namespace = &cluster.connection().namespace;
    if namespace == input::NAMESPACE { Ok(early) } else { input::understand(ui, inputs, Some(namespace)) }
}

/// How to plan.
pub(super) fn options(inputs: &[Input], planning: &Planning, lifetime: SignedDuration, fingerprints: bool) -> Options {
    Options {
        sources: inputs.iter().map(|input| input.name.clone()).collect(),
        labeler: planning.labeler_image(),
        always_ask: planning.always_asks(),
        policy: planning.ownership.policy(false),
        rollout: planning.restarts.rollout(),
        lifetime,
        fingerprints,
    }
}

/// Whether it could be applied at all.
pub(super) fn applicable(plan: &Plan) -> Result<(), CliError> {
    match plan.notes.iter().filter(|note| note.severity == Severity::Error).count() {
        0 => Ok(()),
        errors => Err(CliError::new(
            ErrorId::PlanBlocked,
            format!("this plan can't be applied: it has {}", plural(errors, "error")),
        )),
    }
}
