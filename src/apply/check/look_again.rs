//! Time passes between the checks and a write: what the decision on a change rests on is looked at again right before it.

use std::time::Duration;

use iriskit_state::plan::{ResourceChange, VolumeEffect, VolumeImpact};
use jiff::SignedDuration;

use super::stale::new_users;
use crate::apply::{
    context::Context,
    failure::Failure,
    live::LiveObjects,
    moved::{check_unmoved, moved_fields_of_reference},
    objects::{is_deletion, object_of_reference},
};
use iriskit_core::plan::blocked;
use iriskit_kubernetes::schema::ObjectRef;

/// The operator's kind.
const IRIS_CLUSTERS: (&str, &str) = ("intersystems.com/v1alpha1", "IrisCluster");
/// What was read a moment ago is not read again.
const A_MOMENT: Duration = Duration::from_secs(2);

/// Fails where the object of a change, a claim that its pods will ask for, or the users of a shared Service are not as the plan
/// saw them.
pub(in crate::apply) async fn look_again(
    context: &Context<'_>,
    change: &ResourceChange,
    object: &ObjectRef,
) -> Result<(), Failure> {
    let is_shared = change.owner.is_empty();
    if is_shared && is_deletion(change) {
        return unused(context, change).await;
    }
    let passed = context.now().duration_since(context.began);
    if change.steps.is_empty() || passed < SignedDuration::try_from(A_MOMENT).unwrap_or(SignedDuration::ZERO) {
        return Ok(());
    }
    let found = context.cluster.get(object).await.map_err(|error| Failure::request("looking at it again")(&error))?;
    // What is to go is gone: claims that a set's retention policy deletes go with the set.
    if found.is_none() && is_deletion(change) {
        return Ok(());
    }
    // What several clusters share may be made by any of them.
    if !is_shared {
        check_unmoved(change, object, found.as_ref())?;
    }
    if let Some(blocked) = blocked(change, |other| found.as_ref().filter(|_| other == object)) {
        return Err(Failure::failed(format!("{} was protected meanwhile", blocked.protected)));
    }
    claims(context, change).await
}

/// Who names a shared Service by now needs it.
async fn unused(context: &Context<'_>, change: &ResourceChange) -> Result<(), Failure> {
    let sets = context.cluster.list("apps/v1", "StatefulSet", change.namespace.as_deref(), None).await;
    let sets = sets.map_err(|error| Failure::request("looking for users of it")(&error))?.items;
    let mut live = LiveObjects::default();
    // Who may not look for the operator's clusters, or has none of the kind, did not see them when planning either.
    let clusters = context.cluster.list(IRIS_CLUSTERS.0, IRIS_CLUSTERS.1, change.namespace.as_deref(), None).await;
    let clusters = clusters.map(|list| list.items).unwrap_or_default();
    live.objects.extend(sets.into_iter().chain(clusters).filter_map(|set| Some((ObjectRef::of(&set)?, set))));
    let users = new_users(context.plan, change, &live);
    if users.is_empty() { Ok(()) } else { Err(Failure::Moved(users)) }
}

/// The claims that the plan saw, or did not see, under the names that new pods ask for.
async fn claims(context: &Context<'_>, change: &ResourceChange) -> Result<(), Failure> {
    let asked_for = |volume: &&VolumeImpact| matches!(volume.effect, VolumeEffect::New | VolumeEffect::Reused);
    let names: Vec<&str> = change.impact.volumes.iter().filter(asked_for).map(|volume| volume.claim.as_str()).collect();
    let references = context.plan.references.iter().filter_map(|reference| {
        let object = object_of_reference(reference)?;
        let is_asked_for = object.kind == "PersistentVolumeClaim"
            && object.namespace == change.namespace
            && names.contains(&object.name.as_str());
        Some((object, reference.fingerprint.as_ref()?)).filter(|_| is_asked_for)
    });
    let references: Vec<_> = references.collect();
    if references.is_empty() {
        return Ok(());
    }
    let claims = context.cluster.list("v1", "PersistentVolumeClaim", change.namespace.as_deref(), None).await;
    let claims = claims.map_err(|error| Failure::request("looking at its claims again")(&error))?.items;
    let mut moved = Vec::new();
    for (object, then) in references {
        let now = claims.iter().find(|claim| ObjectRef::of(claim).as_ref() == Some(&object));
        moved.extend(moved_fields_of_reference(&object, then, now));
    }
    if moved.is_empty() { Ok(()) } else { Err(Failure::Moved(moved)) }
}
