//! Deleting outdated pods that are not ready, since Kubernetes waits for them for ever.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::{
    delete_pod::{PodGuard, delete_pod},
    members::WrittenSet,
};
use crate::apply::{
    context::Context,
    failure::Failure,
    wait::{Condition, Now, ObjectWatch, State, wait_for},
};
use iriskit_core::mirror::{MemberState, StatusAge};
use iriskit_kubernetes::views::{Pod, StatefulSet, UpdateStrategy, readiness::pod_state};

/// Writers that get in between before we give up.
const ATTEMPTS: usize = 20;

/// Deletes these pods one after the other, each when the one before is there again and ready. One that is another by now, or
/// ready, or up to date needs it no more.
pub(in crate::apply) async fn replace_stuck_pods(
    context: &Context<'_>,
    set: &WrittenSet<'_>,
    pods: &[(String, String)],
) -> Result<(), Failure> {
    let address = &set.change.address;
    let mut watch = ObjectWatch::with_pods(context, set.object, Some(set.uid));
    // A pod whose containers run may still get ready by itself.
    let patience = context.options.give_up_after.min(context.options.timeout / 3);
    let mut next = NextPod { context, pods, generation: set.generation, patience, since: Instant::now() };
    let mut is_prepared = false;
    while let Some(pod) = wait_for(context, address, &watch, &mut next).await? {
        context.may_write()?;
        if !std::mem::replace(&mut is_prepared, true)
            && let Some(generation) = make_new_pods_new(context, set).await?
        {
            next.generation = generation;
            continue;
        }
        if delete_pod(context, address, set.object, &pod, PodGuard::Same).await? {
            watch.mark_deleted(&pod.uid);
        } else {
            watch.catch_up(context).await?;
        }
    }
    Ok(())
}

/// A set without `rollingUpdate` makes a pod that is lost in the middle of a roll from the template that it had. With
/// Kubernetes' own default written out, a partition of 0, it makes it from the newest. Gives the generation of what was
/// written, if anything had to be.
async fn make_new_pods_new(context: &Context<'_>, set: &WrittenSet<'_>) -> Result<Option<i64>, Failure> {
    let failed = Failure::request("writing out the default of its updateStrategy");
    for _ in 0..ATTEMPTS {
        let found = context.cluster.get(set.object).await.map_err(|error| failed(&error))?;
        let found = found.ok_or_else(|| Failure::failed("it was deleted"))?;
        let live = StatefulSet::new(&found);
        if live.update_strategy() != UpdateStrategy::RollingUpdate || live.partition().is_some() {
            return Ok(None);
        }
        let patch = json!({"metadata": {"uid": set.uid, "resourceVersion": live.resource_version()},
            "spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}});
        context.may_write()?;
        match context.cluster.merge_patch(set.object, &patch).await {
            Ok(written) => return Ok(StatefulSet::new(&written).generation()),
            Err(error) if error.is_conflict() || error.is_ambiguous() => {}
            Err(error) => return Err(failed(&error)),
        }
    }
    Err(Failure::failed("another client keeps writing to it"))
}

/// There is a pod to delete, or none is left.
struct NextPod<'a> {
    context: &'a Context<'a>,
    pods: &'a [(String, String)],
    /// The generation that was written last.
    generation: i64,
    patience: Duration,
    since: Instant,
}

impl Condition for NextPod<'_> {
    type Found = Option<MemberState>;

    fn check(&mut self, now: &Now) -> State<Option<MemberState>> {
        let set = StatefulSet::new(&now.object);
        let is_seen = set.generation().unwrap_or_default() >= self.generation && set.is_observed();
        if !is_seen || set.update_revision().is_none() {
            return State::pending("the controller has not seen the change yet");
        }
        let there = now.pods();
        let pod_of = |name: &str| there.iter().copied().find(|pod| Pod::new(pod).name() == name);
        for (name, uid) in self.pods {
            let waits = |reason: String| State::Pending { reason, terminal: now.terminal_states() };
            let Some(found) = pod_of(name) else { return waits(format!("pod {name} is not there again yet")) };
            let pod = Pod::new(found);
            // Kubernetes goes on with one that has become ready.
            if pod.is_healthy() {
                continue;
            }
            if pod.uid() != Some(uid) || set.is_outdated(pod) == Some(false) || pod.is_terminating() {
                return waits(pod_state(pod));
            }
            if pod.is_stuck() || self.since.elapsed() >= self.patience {
                self.since = Instant::now();
                return State::Met(Some(MemberState::of(found, StatusAge::FreshAt(self.context.now()))));
            }
            // States that rarely heal are what it is deleted for.
            return State::pending(pod_state(pod));
        }
        State::Met(None)
    }
}
