//! The pods that a deleted StatefulSet left are deleted one after the other: backup first, primary last.

use std::collections::BTreeMap;

use iriskit_state::plan::ResourceChange;

use super::{
    delete_pod::{PodGuard, delete_pod, pod_of},
    wait_gone::wait_gone,
};
use crate::apply::{Event, context::Context, failure::Failure};
use iriskit_core::mirror::{MemberState, StatusAge, primary_last};
use iriskit_kubernetes::{schema::ObjectRef, views::Object};

/// Pods of a StatefulSet by name, with their uids.
pub(in crate::apply) type PodUids = BTreeMap<String, String>;

/// The pods that a StatefulSet has now: after an orphaning deletion that can't be known.
pub(in crate::apply) async fn pods_of(
    context: &Context<'_>,
    set: &ObjectRef,
    set_uid: &str,
) -> Result<PodUids, Failure> {
    let list = context.cluster.list("v1", "Pod", set.namespace.as_deref(), None).await;
    let items = list.map_err(|error| Failure::request("listing its pods")(&error))?.items;
    let ours = items.iter().map(Object::new).filter(|pod| pod.is_controlled_by(set_uid));
    Ok(ours.map(|pod| (pod.name().to_owned(), pod.uid().unwrap_or_default().to_owned())).collect())
}

/// Deletes the pods that a StatefulSet left, one after the other: backup first, primary last, by the roles that they
/// have at that moment.
pub(in crate::apply) async fn delete_pods_by_role(
    context: &Context<'_>,
    change: &ResourceChange,
    set: &ObjectRef,
    planned: &[(String, String)],
    left: &PodUids,
) -> Result<(), Failure> {
    let mut remaining: PodUids =
        planned.iter().map(|(name, uid)| (name.clone(), left.get(name).unwrap_or(uid).clone())).collect();
    for name in left.keys().filter(|name| !remaining.contains_key(*name)) {
        let message = format!("pod {name} is not in the plan and stays");
        (context.tell)(Event::Warning { address: Some(change.address.clone()), message });
    }
    while !remaining.is_empty() {
        context.may_write()?;
        let mut members = members_left(context, set, &mut remaining).await?;
        primary_last(&mut members);
        let Some(next) = members.first() else { return Ok(()) };
        remaining.remove(&next.name);
        delete_pod(context, &change.address, set, next, PodGuard::Same).await?;
        let pod = pod_of(set, &next.name);
        wait_gone(context, &change.address, &pod, &next.uid).await?;
    }
    Ok(())
}

/// Reads the pods that are still to be deleted; those that are gone are taken off the list.
async fn members_left(
    context: &Context<'_>,
    set: &ObjectRef,
    remaining: &mut PodUids,
) -> Result<Vec<MemberState>, Failure> {
    let mut members = Vec::new();
    for (name, uid_then) in remaining.clone() {
        let found = context.cluster.get(&pod_of(set, &name)).await;
        let found = found.map_err(|error| Failure::request("reading its pods")(&error))?;
        match found.filter(|pod| Object::new(pod).uid() == Some(uid_then.as_str())) {
            Some(pod) => members.push(MemberState::of(&pod, StatusAge::FreshAt(context.now()))),
            None => {
                remaining.remove(&name);
            }
        }
    }
    Ok(members)
}
