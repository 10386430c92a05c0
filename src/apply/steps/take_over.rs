//! Fields of others become iriskit's.

use iriskit_state::plan::{ResourceChange, TakenFields};
use serde_json::{Value, json};

use super::unclear::Unclear;
use crate::{
    apply::{context::Context, failure::Failure, moved::check_unmoved},
    cluster::{ApiError, Cluster},
};
use iriskit_core::diff::{Taking, moved_to_us};
use iriskit_kubernetes::{schema::ObjectRef, views::Object};

/// Writers that get in between before we give up.
const ATTEMPTS: usize = 20;

/// Moves the fields, if the object is still as the plan saw it. Gives it as it is now.
pub(in crate::apply) async fn take_over(
    context: &Context<'_>,
    change: &ResourceChange,
    object: &ObjectRef,
    uid: &str,
    from: &[TakenFields],
) -> Result<Value, Failure> {
    let failed = Failure::request("taking its fields over");
    let mut live = context.live.get(object).cloned();
    let mut unclear = Unclear::default();
    for _ in 0..ATTEMPTS {
        context.may_write()?;
        let Some(found) = &live else { return Err(Failure::failed("it is gone")) };
        match context.cluster.merge_patch(object, &patch(found, uid, from)).await {
            Ok(now) => return Ok(now),
            Err(error) if error.is_conflict() || error.is_uid_mismatch() || error.is_ambiguous() => {
                if error.is_ambiguous() {
                    unclear.again(context, "taking its fields over", &error).await?;
                }
                live = context.cluster.get(object).await.map_err(|error| failed(&error))?;
                check_unmoved(change, object, live.as_ref())?;
            }
            Err(error) => return Err(failed(&error)),
        }
    }
    Err(Failure::failed("another client keeps writing to it"))
}

/// Whether the server would let the fields move.
pub(in crate::apply) async fn dry_run_take_over(
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
    let taking: Vec<Taking> = from.iter().filter_map(Taking::planned).collect();
    let version = Object::new(live).resource_version().unwrap_or_default();
    json!({"metadata": {"uid": uid, "resourceVersion": version, "managedFields": moved_to_us(live, &taking)}})
}
