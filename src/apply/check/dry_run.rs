//! All dry-runs that can be made before the first write.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use iriskit_state::plan::{Plan, ResourceChange, Step};
use serde_json::Value;

use super::stale::is_made_by_another;
use crate::{
    apply::{
        ApplyError, Differs, Refusal,
        live::LiveObjects,
        steps::{claim_body, dry_run_take_over, propagation},
    },
    cluster::{ApplyMode, Cluster, DeleteOptions},
};
use iriskit_core::plan::{SecretValues, UnplannedField, active, object_of, placeholder, unplanned_fields};
use iriskit_kubernetes::schema::ObjectRef;

/// Dry-runs that are on their way at the same time.
const AT_ONCE: usize = 32;

/// What the server said.
pub(in crate::apply) struct DryRuns {
    /// How many were made.
    pub(in crate::apply) count: usize,
    /// What it would store, by address.
    pub(in crate::apply) answers: BTreeMap<String, Value>,
}

/// What the server said to one step.
struct Verdict {
    differs: Vec<Differs>,
    stores: Option<(String, Value)>,
}

/// Asks the server for its verdict on the first step of each change. What depends on something that is still to be made
/// has `verify_first` and is asked when it is due. Gives the number of dry-runs. Where the server would by now make something
/// else of a change than the plan says, nothing is begun: a template that admission adds to restarts pods.
pub(in crate::apply) async fn dry_run(
    cluster: &Cluster,
    plan: &Plan,
    secret_values: &SecretValues,
    live: &LiveObjects,
) -> Result<DryRuns, ApplyError> {
    let mut asked = Vec::new();
    for change in active(plan).filter(|change| !is_made_by_another(change, live)) {
        let is_made_again = change.steps.iter().any(|step| matches!(step, Step::Delete { .. }));
        for step in &change.steps {
            // Also for those that are not sent now: a secret that is missing has to be known before the first write.
            let filled = filled(change, step, secret_values)?;
            let first = change.steps.first().is_some_and(|first| std::ptr::eq(first, step));
            let first = first || matches!(step, Step::GrowClaim { .. } | Step::Delete { .. });
            // What is made again can't be asked for under its name while the old one has it.
            let again = is_made_again && matches!(step, Step::Create { .. });
            if (first || again) && !is_deferred(step) {
                asked.push((change, step, if again { filled.as_ref().map(placeholder) } else { filled }));
            }
        }
    }
    let answers = stream::iter(asked).map(|(change, step, body)| ask(cluster, change, step, body, live));
    let answers: Vec<_> = answers.buffered(AT_ONCE).collect().await;
    let count = answers.len();
    let (mut differs, mut refusals, mut stored) = (Vec::new(), Vec::new(), BTreeMap::new());
    for answer in answers {
        match answer {
            Ok(verdict) => {
                differs.extend(verdict.differs);
                stored.extend(verdict.stores);
            }
            Err(refusal) => refusals.push(refusal),
        }
    }
    match (refusals.is_empty(), differs.is_empty()) {
        (false, _) => Err(ApplyError::Refused { refusals }),
        (true, false) => Err(ApplyError::Differs { differs }),
        (true, true) => Ok(DryRuns { count, answers: stored }),
    }
}

fn filled(change: &ResourceChange, step: &Step, secret_values: &SecretValues) -> Result<Option<Value>, ApplyError> {
    match step {
        Step::Create { body, holes, .. } | Step::Update { body, holes, .. } => {
            Ok(Some(secret_values.fill(&change.address, body, holes)?))
        }
        _ => Ok(None),
    }
}

fn is_deferred(step: &Step) -> bool {
    matches!(step, Step::Create { verify_first: true, .. } | Step::Update { verify_first: true, .. })
}

/// No field differs, and nothing is stored.
const NOTHING: (Vec<UnplannedField>, Option<Value>) = (Vec::new(), None);

/// The server may have been asked under another name.
fn under_its_name(change: &ResourceChange, mut stored: Value) -> Value {
    if let Some(metadata) = stored.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("name".to_owned(), Value::from(change.name.as_str()));
    }
    stored
}

async fn ask(
    cluster: &Cluster,
    change: &ResourceChange,
    step: &Step,
    body: Option<Value>,
    live: &LiveObjects,
) -> Result<Verdict, Refusal> {
    let mut object = object_of(change);
    let before = live.get(&object);
    if let Some(reference) = body.as_ref().and_then(ObjectRef::of) {
        object.name = reference.name;
    }
    // A Service is asked about without the addresses and ports that the old one still has.
    let comparable = object.name == change.name || change.kind != "Service";
    let answer = match (step, &body) {
        (Step::Create { .. }, Some(body)) => {
            let answer = cluster.apply(&object, body, ApplyMode { dry_run: true, force: false }).await;
            answer.map(|answer| {
                let fields = if comparable { unplanned_fields(change, None, body, &answer.object) } else { Vec::new() };
                (fields, Some(answer.object))
            })
        }
        (Step::Update { .. }, Some(body)) => {
            let answer = cluster.apply(&object, body, ApplyMode { dry_run: true, force: true }).await;
            answer.map(|answer| {
                let fields = before.map(|before| unplanned_fields(change, Some(before), body, &answer.object));
                (fields.unwrap_or_default(), Some(answer.object))
            })
        }
        (Step::TakeOver { uid, from }, _) => dry_run_take_over(cluster, &object, uid, from).await.map(|()| NOTHING),
        (Step::Delete { uid, propagation: policy }, _) => {
            let options = DeleteOptions {
                uid: Some(uid.clone()),
                propagation: propagation(*policy),
                dry_run: true,
                ..DeleteOptions::default()
            };
            cluster.delete(&object, &options).await.map(|_| NOTHING)
        }
        (Step::GrowClaim { claim, uid, to, .. }, _) => {
            let (object, body) = claim_body(change, claim, uid, to);
            cluster.apply(&object, &body, ApplyMode { dry_run: true, force: true }).await.map(|_| NOTHING)
        }
        _ => Ok(NOTHING),
    };
    let of = |field: UnplannedField| Differs { address: change.address.clone(), field };
    answer
        .map(|(fields, stored)| Verdict {
            differs: fields.into_iter().map(of).collect(),
            stores: stored.map(|stored| (change.address.clone(), under_its_name(change, stored))),
        })
        .map_err(|error| Refusal { address: change.address.clone(), message: error.to_string() })
}
