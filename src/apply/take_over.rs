//! Fields of others become iriskit's.

use iriskit_state::plan::{ResourceChange, TakenFields};
use serde_json::{Value, json};

use super::{
    failure::Failure,
    perform::Performer,
    target::text,
    write::{ATTEMPTS, unmoved},
};
use crate::cluster::{ApiError, Cluster};
use iriskit_core::diff::{Taking, moved_to_us};
use iriskit_kubernetes::schema::{FieldSet, ObjectRef};

impl Performer<'_> {
    /// Moves the fields, if the object is still as the plan saw it. Gives it as it is now.
    pub(super) async fn take_over(
        &self,
        change: &ResourceChange,
        object: &ObjectRef,
        uid: &str,
        from: &[TakenFields],
    ) -> Result<Value, Failure> {
        let failed = Failure::request("taking its fields over");
        let mut live = self.seen.get(object).cloned();
        for _ in 0..ATTEMPTS {
            self.go_on()?;
            let Some(found) = &live else { return Err(Failure::failed("it is gone")) };
            match self.cluster.merge_patch(object, &patch(found, uid, from)).await {
                Ok(now) => return Ok(now),
                Err(error) if error.is_conflict() || error.is_uid_mismatch() || error.is_ambiguous() => {
                    live = self.cluster.get(object).await.map_err(|error| failed(&error))?;
                    unmoved(change, object, live.as_ref())?;
                }
                Err(error) => return Err(failed(&error)),
            }
        }
        Err(Failure::failed("somebody else keeps writing to it"))
    }
}

/// Whether the server would let the fields move.
pub(super) async fn rehearse(
    cluster: &Cluster,
    object: &ObjectRef,
    uid: &str,
    from: &[TakenFields],
) -> Result<(), ApiError> {
    match cluster.get(object).await? {
        Some(found) => cluster.rehearse_patch(object, &patch(&found, uid, from)).await.map(|_| ()),
        None => Ok(()),
    }
}

/// The patch that changes who owns what, and nothing else.
fn patch(live: &Value, uid: &str, from: &[TakenFields]) -> Value {
    let taking = |taken: &TakenFields| {
        Some(Taking {
            manager: taken.manager.clone(),
            operation: taken.operation.clone(),
            subresource: taken.subresource.clone(),
            fields: FieldSet::from_fields_v1(&taken.fields).ok()?,
        })
    };
    let taking: Vec<Taking> = from.iter().filter_map(taking).collect();
    let version = text(live, "/metadata/resourceVersion").unwrap_or_default();
    json!({"metadata": {"uid": uid, "resourceVersion": version, "managedFields": moved_to_us(live, &taking)}})
}
