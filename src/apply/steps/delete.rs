//! An object is deleted, guarded by its uid, and waited for until it is gone.

use iriskit_state::plan::{self, ResourceChange};
use serde_json::Value;

use super::{claim_unused::check_unused, unclear::Unclear, wait_gone::wait_gone};
use crate::{
    apply::{context::Context, failure::Failure, moved::check_unmoved},
    cluster::{DeleteOptions, Propagation},
};
use iriskit_core::plan::is_protected;
use iriskit_kubernetes::{schema::ObjectRef, views::Object};

/// Deletes an object and waits until it is gone.
pub(in crate::apply) async fn delete(
    context: &Context<'_>,
    change: &ResourceChange,
    object: &ObjectRef,
    uid: &str,
    policy: plan::Propagation,
) -> Result<(), Failure> {
    let options =
        DeleteOptions { uid: Some(uid.to_owned()), propagation: propagation(policy), ..DeleteOptions::default() };
    let doing = "deleting it";
    let mut unclear = Unclear::default();
    loop {
        check_unprotected(context, object).await?;
        if object.kind == "PersistentVolumeClaim" {
            check_unused(context, object).await?;
        }
        context.may_write()?;
        match context.cluster.delete(object, &options).await {
            // A `Status` says that it went at once.
            Ok(answer) if answer.get("kind").and_then(Value::as_str) == Some("Status") => return Ok(()),
            Ok(_) => break,
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) if error.is_conflict() => {
                let found = context.cluster.get(object).await;
                let found = found.map_err(|error| Failure::request(doing)(&error))?;
                // An attempt whose answer was lost came through late, and another object took the name since.
                if unclear.has_been() && found.as_ref().and_then(|found| Object::new(found).uid()) != Some(uid) {
                    return Ok(());
                }
                check_unmoved(change, object, found.as_ref())?;
                return Err(Failure::request(doing)(&error));
            }
            Err(error) if error.is_ambiguous() => {
                unclear.again(context, doing, &error).await?;
                let found = context.cluster.get(object).await;
                let found = found.map_err(|error| Failure::request(doing)(&error))?;
                match found.as_ref().map(Object::new).filter(|found| found.uid() == Some(uid)) {
                    None => return Ok(()),
                    Some(found) if found.is_terminating() => break,
                    Some(_) => {}
                }
            }
            Err(error) => return Err(Failure::request(doing)(&error)),
        }
    }
    wait_gone(context, &change.address, object, uid).await
}

/// It may have been protected since the run began.
async fn check_unprotected(context: &Context<'_>, object: &ObjectRef) -> Result<(), Failure> {
    let found = context.cluster.get(object).await;
    let found = found.map_err(|error| Failure::request("deleting it")(&error))?;
    match found {
        Some(found) if is_protected(&found) => Err(Failure::failed("it was protected from deletion in the meantime")),
        _ => Ok(()),
    }
}

/// The word of the plan in that of the request.
pub(in crate::apply) fn propagation(policy: plan::Propagation) -> Propagation {
    match policy {
        plan::Propagation::Background => Propagation::Background,
        plan::Propagation::Foreground => Propagation::Foreground,
        plan::Propagation::Orphan => Propagation::Orphan,
    }
}
