//! The last writes of a run: what was done goes into the records.

use std::collections::BTreeMap;

use futures::future::join_all;
use iriskit_state::{
    plan::Operation,
    record::{Progress, Record, RecordedObject},
};
use serde_json::Value;

use super::{
    books::with_notes,
    content::{Outcomes, forget, leftovers, mark_done, note_outcomes, remains, with_volumes},
    pending::prune,
    runs::{self, Ending},
    stored::StoredRecord,
    upgrades,
};
use crate::apply::{ApplyError, context::Context};
use iriskit_core::plan::{Belonging, Membership, OwnerName, lock::lease_ref, recorded_reference};
use iriskit_kubernetes::views::Object;

/// Writes down what a run did, be it all that was planned or not; apply and destroy end in the same way.
pub(in crate::apply) async fn finish(
    context: &Context<'_>,
    stored: &mut StoredRecord,
    outcomes: &Outcomes,
    (complete, journal): (bool, &JournalEnd<'_>),
) -> Result<(), ApplyError> {
    if complete {
        completed(context, stored, outcomes, journal).await
    } else {
        cut_off(context, stored, outcomes, journal).await
    }
}

/// The last notes of a run, and how it ended.
pub(in crate::apply) struct JournalEnd<'a> {
    pub(in crate::apply) notes: BTreeMap<String, Progress>,
    pub(in crate::apply) ending: &'a Ending,
}

impl JournalEnd<'_> {
    fn close(&self, record: &Record, plan: &str, at: &str) -> Record {
        runs::end(&with_notes(record, plan, &self.notes), plan, at, self.ending)
    }
}

/// After a run that was cut off: the record stays wide, and knows what was made.
async fn cut_off(
    context: &Context<'_>,
    stored: &mut StoredRecord,
    outcomes: &Outcomes,
    journal: &JournalEnd<'_>,
) -> Result<(), ApplyError> {
    let at = now(context);
    let owner = stored.owner.clone();
    let pods = pods(context, stored).await;
    let noted = |record: &Record| {
        let record = pruned(note_outcomes(record, context.plan, &owner, outcomes), pods.as_deref());
        journal.close(&record, &context.plan.id, &at)
    };
    stored.update(context.books, noted).await
}

/// After a run that did everything: the record is shrunk to what there is. With the last volume it goes as well, unless
/// it still has to refuse a saved plan that was applied.
async fn completed(
    context: &Context<'_>,
    stored: &mut StoredRecord,
    outcomes: &Outcomes,
    journal: &JournalEnd<'_>,
) -> Result<(), ApplyError> {
    let (plan, owner) = (context.plan, stored.owner.clone());
    let left = leftovers(&stored.record, plan, &owner);
    let gone = gone(context, stored, left).await;
    let claims = if plan.operation == Operation::Destroy { Some(volumes(context, &owner).await?) } else { None };
    let at = now(context);
    if claims.as_ref().is_some_and(Vec::is_empty) {
        if remains(&stored.record, &at).is_none() {
            stored.remove(context.books).await?;
            // Nothing is left to lock.
            context.locks.remove(context.books, &lease_ref(&owner.namespace, &owner.name)).await;
            return Ok(());
        }
        let keep = |record: &Record| remains(record, &at).unwrap_or_else(Record::empty);
        return stored.update(context.books, keep).await;
    }
    let pods = pods(context, stored).await;
    let by = context.cluster.connection().user.clone().unwrap_or_else(|| "unknown".to_owned());
    stored
        .update(context.books, |record| {
            let record = forget(&note_outcomes(record, plan, &owner, outcomes), &gone);
            let record = match &claims {
                Some(claims) => with_volumes(&record, claims),
                None => record,
            };
            let record = mark_done(&pruned(record, pods.as_deref()), plan, &owner, (&at, &by));
            journal.close(&upgrades::end(&record, plan, &owner), &plan.id, &at)
        })
        .await
}

fn now(context: &Context<'_>) -> String {
    context.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What runs now, where the record keeps parameters that wait for a restart.
async fn pods(context: &Context<'_>, stored: &StoredRecord) -> Option<Vec<Value>> {
    if stored.record.pending.is_empty() {
        return None;
    }
    let listed = context.cluster.list("v1", "Pod", Some(&stored.owner.namespace), None).await;
    // What is not known to have started again is kept.
    listed.ok().map(|list| list.items)
}

fn pruned(record: Record, pods: Option<&[Value]>) -> Record {
    match pods {
        Some(pods) => prune(&record, pods),
        None => record,
    }
}

/// Those that are not there any more, or are none of ours any more. What can't be read is kept.
async fn gone(context: &Context<'_>, stored: &StoredRecord, recorded: Vec<RecordedObject>) -> Vec<RecordedObject> {
    let OwnerName { namespace, name } = &stored.owner;
    let membership = Membership::new(namespace, name, Some(&stored.record));
    let membership = &membership;
    let looked = recorded.into_iter().map(async |known| {
        let object = recorded_reference(&known);
        let is_gone = match context.cluster.get(&object).await {
            Ok(None) => true,
            Ok(Some(found)) => {
                let is_another = known.uid.is_some() && Object::new(&found).uid() != known.uid.as_deref();
                is_another && membership.judge(&object, &found, false) != Belonging::Ours
            }
            Err(_) => false,
        };
        is_gone.then_some(known)
    });
    join_all(looked).await.into_iter().flatten().collect()
}

/// The claims of a cluster that are still there.
async fn volumes(context: &Context<'_>, owner: &OwnerName) -> Result<Vec<Value>, ApplyError> {
    let selector = format!("intersystems.com/kind=IrisCluster,intersystems.com/name={}", owner.name);
    let list = context.cluster.list("v1", "PersistentVolumeClaim", Some(&owner.namespace), Some(&selector)).await;
    let items = list.map_err(ApplyError::api("listing the volumes that stay"))?.items;
    Ok(items.into_iter().filter(|claim| !Object::new(claim).is_terminating()).collect())
}
