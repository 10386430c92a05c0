//! The last writes of a run: what was done goes into the records.

use futures::future::join_all;
use iriskit_state::{
    plan::Operation,
    record::{Record, RecordedObject},
};
use serde_json::Value;

use super::{
    ApplyError,
    ledger::Ledger,
    pending::prune,
    perform::Performer,
    record::{Outcomes, finish, forget, leftovers, note_outcomes, remains, with_volumes},
    target::uid,
    upgrades,
};
use iriskit_core::plan::{OwnerName, recorded_reference};

/// After a run that was cut off: the record stays wide, and knows what was made.
pub(super) async fn partly(
    performer: &Performer<'_>,
    ledger: &mut Ledger,
    outcomes: &Outcomes,
) -> Result<(), ApplyError> {
    let owner = ledger.owner.clone();
    let pods = pods(performer, ledger).await;
    let noted = |record: &Record| pruned(note_outcomes(record, performer.plan, &owner, outcomes), pods.as_deref());
    ledger.update(performer.cluster, noted).await
}

/// After a run that did everything: the record is shrunk to what there is. With the last volume it goes as well, unless
/// it still has to refuse a saved plan that was applied.
pub(super) async fn done(
    performer: &Performer<'_>,
    ledger: &mut Ledger,
    outcomes: &Outcomes,
) -> Result<(), ApplyError> {
    let (plan, owner) = (performer.plan, ledger.owner.clone());
    let left = leftovers(&ledger.record, plan, &owner);
    let gone = gone(performer, left).await;
    let claims = if plan.operation == Operation::Destroy { Some(volumes(performer, &owner).await?) } else { None };
    let at = performer.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    if claims.as_ref().is_some_and(Vec::is_empty) {
        if remains(&ledger.record, &at).is_none() {
            return ledger.remove(performer.cluster).await;
        }
        let keep = |record: &Record| remains(record, &at).unwrap_or_else(Record::empty);
        return ledger.update(performer.cluster, keep).await;
    }
    let pods = pods(performer, ledger).await;
    let by = performer.cluster.connection().user.clone().unwrap_or_else(|| "unknown".to_owned());
    ledger
        .update(performer.cluster, |record| {
            let record = forget(&note_outcomes(record, plan, &owner, outcomes), &gone);
            let record = match &claims {
                Some(claims) => with_volumes(&record, claims),
                None => record,
            };
            upgrades::end(&finish(&pruned(record, pods.as_deref()), plan, &at, &by), plan)
        })
        .await
}

/// What runs now, where the record keeps parameters that wait for a restart.
async fn pods(performer: &Performer<'_>, ledger: &Ledger) -> Option<Vec<Value>> {
    if ledger.record.pending.is_empty() {
        return None;
    }
    let listed = performer.cluster.list("v1", "Pod", Some(&ledger.owner.namespace), None).await;
    // What is not known to have started again is kept.
    listed.ok().map(|list| list.items)
}

fn pruned(record: Record, pods: Option<&[Value]>) -> Record {
    match pods {
        Some(pods) => prune(&record, pods),
        None => record,
    }
}

/// Those that are not there any more. What can't be read is kept.
async fn gone(performer: &Performer<'_>, recorded: Vec<RecordedObject>) -> Vec<RecordedObject> {
    let looked = recorded.into_iter().map(async |known| {
        let found = performer.cluster.get(&recorded_reference(&known)).await;
        let is_gone = match found {
            Ok(None) => true,
            Ok(Some(found)) => known.uid.is_some() && uid(&found) != known.uid.as_deref(),
            Err(_) => false,
        };
        is_gone.then_some(known)
    });
    join_all(looked).await.into_iter().flatten().collect()
}

/// The claims of a cluster that are still there.
async fn volumes(performer: &Performer<'_>, owner: &OwnerName) -> Result<Vec<Value>, ApplyError> {
    let selector = format!("intersystems.com/kind=IrisCluster,intersystems.com/name={}", owner.name);
    let list = performer.cluster.list("v1", "PersistentVolumeClaim", Some(&owner.namespace), Some(&selector)).await;
    let items = list.map_err(ApplyError::api("listing the volumes that stay"))?.items;
    Ok(items.into_iter().filter(|claim| !super::target::is_terminating(claim)).collect())
}
