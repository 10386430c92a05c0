//! Whether the plan says what its steps do. Who can write a plan file can seal it anew, so its words alone are no proof.

use std::collections::BTreeMap;

use iriskit_state::plan::Plan;
use serde_json::Value;

use crate::{
    apply::{ApplyError, live::LiveObjects},
    cluster::Cluster,
    survey,
};
use iriskit_core::plan::{SecretValues, Unsaid, contradictions};

/// The plan does not contradict itself. Pure.
pub fn check_words(plan: &Plan) -> Result<(), ApplyError> {
    let found = contradictions(plan);
    if found.is_empty() { Ok(()) } else { Err(ApplyError::Contradicts { found }) }
}

/// The plan says everything that its steps do to the cluster as it is now.
pub(in crate::apply) async fn check_consequences(
    cluster: &Cluster,
    plan: &Plan,
    live: &LiveObjects,
    answers: &BTreeMap<String, Value>,
    secret_values: &SecretValues,
) -> Result<(), ApplyError> {
    let objects = live.objects.values().cloned().collect();
    let unsaid = survey::unsaid_consequences(cluster, plan, objects, answers, secret_values).await;
    let Unsaid { hidden, moved } = unsaid.map_err(|error| ApplyError::Unchecked { reason: error.to_string() })?;
    match (hidden.is_empty(), moved.is_empty()) {
        (false, _) => Err(ApplyError::Unsaid { found: hidden }),
        (true, false) => Err(ApplyError::Overtaken { found: moved }),
        (true, true) => Ok(()),
    }
}
