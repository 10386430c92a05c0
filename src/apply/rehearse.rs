//! All dry-runs that can be made before the first write.

use futures::{StreamExt as _, stream};
use iriskit_state::plan::{Plan, ResourceChange, Step};
use serde_json::Value;

use super::{
    ApplyError, Refusal,
    regrow::grown,
    remove::propagation,
    take_over,
    target::{object_of, text},
};
use crate::{
    cluster::{ApplyMode, Cluster, DeleteOptions},
    plan::{Fills, active, stand_in},
};

/// Dry-runs that are on their way at the same time.
const AT_ONCE: usize = 32;

/// Asks the server for its verdict on the first step of each change. What depends on something that is still to be made
/// has `verify_first` and is asked when it is due. Gives the number of dry-runs.
pub(super) async fn rehearse(cluster: &Cluster, plan: &Plan, fills: &Fills) -> Result<usize, ApplyError> {
    let mut asked = Vec::new();
    for change in active(plan) {
        let is_made_again = change.steps.iter().any(|step| matches!(step, Step::Delete { .. }));
        for step in &change.steps {
            // Also for those that are not sent now: a secret that is missing has to be known before the first write.
            let filled = filled(change, step, fills)?;
            let first = change.steps.first().is_some_and(|first| std::ptr::eq(first, step));
            let first = first || matches!(step, Step::GrowClaim { .. } | Step::Delete { .. });
            // What is made again can't be asked for under its name while the old one has it.
            let again = is_made_again && matches!(step, Step::Create { .. });
            if (first || again) && !is_deferred(step) {
                asked.push((change, step, if again { filled.as_ref().map(stand_in) } else { filled }));
            }
        }
    }
    let answers = stream::iter(asked).map(|(change, step, body)| ask(cluster, change, step, body));
    let answers: Vec<_> = answers.buffered(AT_ONCE).collect().await;
    let count = answers.len();
    let refusals: Vec<Refusal> = answers.into_iter().filter_map(Result::err).collect();
    if refusals.is_empty() { Ok(count) } else { Err(ApplyError::Refused { refusals }) }
}

fn filled(change: &ResourceChange, step: &Step, fills: &Fills) -> Result<Option<Value>, ApplyError> {
    match step {
        Step::Create { body, holes, .. } | Step::Update { body, holes, .. } => {
            Ok(Some(fills.fill(&change.address, body, holes)?))
        }
        _ => Ok(None),
    }
}

fn is_deferred(step: &Step) -> bool {
    matches!(step, Step::Create { verify_first: true, .. } | Step::Update { verify_first: true, .. })
}

async fn ask(cluster: &Cluster, change: &ResourceChange, step: &Step, body: Option<Value>) -> Result<(), Refusal> {
    let mut object = object_of(change);
    if let Some(name) = body.as_ref().and_then(|body| text(body, "/metadata/name")) {
        name.clone_into(&mut object.name);
    }
    let answer = match (step, body) {
        (Step::Create { .. }, Some(body)) => {
            cluster.apply(&object, &body, ApplyMode { dry_run: true, force: false }).await.map(|_| ())
        }
        (Step::Update { .. }, Some(body)) => {
            cluster.apply(&object, &body, ApplyMode { dry_run: true, force: true }).await.map(|_| ())
        }
        (Step::TakeOver { uid, from }, _) => take_over::rehearse(cluster, &object, uid, from).await,
        (Step::Delete { uid, propagation: policy }, _) => {
            let options = DeleteOptions {
                uid: Some(uid.clone()),
                propagation: propagation(*policy),
                dry_run: true,
                ..DeleteOptions::default()
            };
            cluster.delete(&object, &options).await.map(|_| ())
        }
        (Step::GrowClaim { claim, uid, to, .. }, _) => {
            let (object, body) = grown(change, claim, uid, to);
            cluster.apply(&object, &body, ApplyMode { dry_run: true, force: true }).await.map(|_| ())
        }
        _ => Ok(()),
    };
    answer.map_err(|error| Refusal { address: change.address.clone(), message: error.to_string() })
}
