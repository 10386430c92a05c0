//! One pod of a StatefulSet is deleted, guarded by what was seen of it.

use super::unclear::Unclear;
use crate::{
    apply::{Event, context::Context, failure::Failure},
    cluster::DeleteOptions,
};
use iriskit_core::mirror::{MemberState, Role};
use iriskit_kubernetes::{schema::ObjectRef, views::Object};
use iriskit_state::plan::AllowanceName;

/// What a pod has to be for its deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PodGuard {
    /// The one that was seen.
    Same,
    /// Exactly as it was seen: its role is part of it.
    Unchanged,
}

/// Deletes one pod, and tells so. `false` when it is not what it was, or gone: what comes next sees it.
pub(super) async fn delete_pod(
    context: &Context<'_>,
    address: &str,
    set: &ObjectRef,
    member: &MemberState,
    guard: PodGuard,
) -> Result<bool, Failure> {
    let options = DeleteOptions {
        uid: Some(member.uid.clone()),
        resource_version: (guard == PodGuard::Unchanged).then(|| member.resource_version.clone()),
        ..DeleteOptions::default()
    };
    let doing = format!("deleting pod {}", member.name);
    let (pod, mut unclear) = (pod_of(set, &member.name), Unclear::default());
    loop {
        context.may_write()?;
        match context.cluster.delete(&pod, &options).await {
            Ok(_) => break,
            Err(error) if error.is_ambiguous() => {
                unclear.again(context, &doing, &error).await?;
                if is_going(context, &pod, &member.uid, &doing).await? {
                    break;
                }
            }
            Err(error) if error.is_not_found() || error.is_conflict() => {
                // An attempt whose answer was lost may have come through late: then it was us.
                if unclear.has_been() && is_going(context, &pod, &member.uid, &doing).await? {
                    break;
                }
                return Ok(false);
            }
            Err(error) => return Err(Failure::request(&doing)(&error)),
        }
    }
    let role = member.likely_role().map(|role: Role| role.as_str().to_owned());
    (context.tell)(Event::PodDeleted { address: address.to_owned(), pod: member.name.clone(), role });
    Ok(true)
}

/// Whether a pod is gone, or on its way.
async fn is_going(context: &Context<'_>, pod: &ObjectRef, uid: &str, doing: &str) -> Result<bool, Failure> {
    let found = context.cluster.get(pod).await.map_err(|error| Failure::request(doing)(&error))?;
    let found = found.as_ref().map(Object::new).filter(|found| found.uid() == Some(uid));
    Ok(found.is_none_or(Object::is_terminating))
}

/// Whether a member may be restarted, primary or not. It may have been the backup when the plan was made, which needed no
/// allowance for it.
pub(super) fn may_restart(context: &Context<'_>, name: &str, role: Option<Role>) -> Result<(), Failure> {
    if role != Some(Role::Primary) || context.options.allow.contains(&AllowanceName::RestartPrimary) {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "{name} has become primary since the plan was made, and restarting the primary was not allowed"
    )))
}

/// The pod of this name beside its set.
pub(super) fn pod_of(set: &ObjectRef, name: &str) -> ObjectRef {
    ObjectRef { namespace: set.namespace.clone(), ..ObjectRef::cluster_scoped("v1", "Pod", name) }
}
