//! One look at one StatefulSet, in the order of the real controller: own pods, count, make or delete at most what the
//! policy allows, write the status.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use iriskit_kubernetes::views::{Object, Pod};
use serde_json::Value;

use super::{
    claims, pod,
    revision::{self, Revisions},
    set::Set,
    status::{self, Counts},
};
use crate::{
    clock::Now,
    controllers::events::{self, Said},
    fields,
    key::{Key, Resource},
    objects::Failure,
    owners,
    world::{World, Writer},
};

const COMPONENT: &str = "statefulset-controller";
/// Timer of a set that waits until it tries again what failed.
pub(super) const RETRY: &str = "retry";
/// Timer of a pod that becomes available.
pub(super) const AVAILABLE: &str = "available";
/// As many pods as a sandbox makes for one set; a real cluster would run out of nodes.
const MOST_PODS: i64 = 500;
/// How long the controller waits until it tries again what failed.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Looks at one set.
pub(super) fn sync(world: &mut World, key: &Key, now: Now) {
    let Some(value) = world.get(key) else { return };
    let set = Set::of(key, &value);
    let pods = own_pods(world, &set, now);
    let Some(revisions) = revision::revisions(world, &set, now) else { return };
    let counts = work(world, &set, &revisions, &pods, now);
    status::write(world, &set, &revisions, counts, now);
    let pods: Vec<_> = pods.into_values().collect();
    wait_for_availability(world, &set, &pods, now);
    revision::truncate(world, &set, &revisions, &pods, now);
}

/// The pods of the set by ordinal. Orphans that match are adopted; pods that match no longer are let go.
fn own_pods(world: &mut World, set: &Set<'_>, now: Now) -> BTreeMap<i64, Arc<Value>> {
    let selector = set.view().selector();
    let uid = fields::uid(set.value);
    let mut own = BTreeMap::new();
    for key in world.store.keys(Resource::PODS, Some(&set.key.namespace)) {
        let (Some(ordinal), Some(pod)) = (set.ordinal(&key.name), world.get(&key)) else { continue };
        let matches = selector.matches(Object::new(&pod));
        match fields::controller(&pod).map(|owner| fields::text(owner, "/uid") == uid) {
            Some(true) if !matches => world.update(&key, &Writer::controller(now), |value| {
                owners::retain(value, |owner| fields::text(owner, "/uid") != uid);
            }),
            Some(true) => {
                own.insert(ordinal, pod);
            }
            None if matches && !fields::is_terminating(&pod) && !fields::is_terminating(set.value) => {
                world.update(&key, &Writer::controller(now), |value| owners::add(value, set.owner_reference()));
                own.extend(world.get(&key).map(|pod| (ordinal, pod)));
            }
            _ => {}
        }
    }
    own
}

/// Makes and deletes pods; gives the counts for the status.
fn work(world: &mut World, set: &Set<'_>, revisions: &Revisions, pods: &BTreeMap<i64, Arc<Value>>, now: Now) -> Counts {
    let count = |made: &[Arc<Value>]| Counts::of(set, revisions, pods.values().chain(made).map(AsRef::as_ref), now);
    let mut made: Vec<Arc<Value>> = Vec::new();
    if fields::is_terminating(set.value) {
        return count(&made);
    }
    for ordinal in set.start..set.end() {
        if ordinal.saturating_sub(set.start) >= MOST_PODS {
            let message =
                format!("StatefulSet {} wants more than the {MOST_PODS} pods that a sandbox runs", set.name());
            complain(world, set, "FailedCreate", &message, now);
            return count(&made);
        }
        match living(world, set, revisions, pods.get(&ordinal), ordinal, now) {
            Step::Made(pod) => {
                made.push(pod);
                if set.ordered {
                    return count(&made);
                }
            }
            Step::Stop if set.ordered => return count(&made),
            Step::Next | Step::Stop => {}
            Step::Failed => return count(&made),
        }
    }
    if condemned(world, set, pods, now) || set.on_delete {
        return count(&made);
    }
    let mut counts = count(&made);
    if roll(world, set, revisions, pods, &made, now) {
        counts.current = (counts.current - 1).max(0);
    }
    counts
}

/// What became of one ordinal.
enum Step {
    /// Fine; on to the next.
    Next,
    /// Its pod was made.
    Made(Arc<Value>),
    /// It has to change before an ordered set goes on.
    Stop,
    /// The server refused; whatever the policy, not now.
    Failed,
}

/// Looks at an ordinal that should have a pod.
fn living(
    world: &mut World,
    set: &Set<'_>,
    revisions: &Revisions,
    pod: Option<&Arc<Value>>,
    ordinal: i64,
    now: Now,
) -> Step {
    let Some(pod) = pod else {
        if world.get(&Key::new(Resource::PODS, &set.key.namespace, &set.pod_name(ordinal))).is_some() {
            // A pod that was released, or has another owner, holds the name.
            return Step::Failed;
        }
        if claims::is_stale(world, set, ordinal) {
            return Step::Stop;
        }
        let revision = if wants_current(set, ordinal) { &revisions.current } else { &revisions.update };
        return match create(world, set, revision, ordinal, now) {
            Some(pod) => Step::Made(pod),
            None => Step::Failed,
        };
    };
    if Pod::new(pod).has_ended() {
        if !fields::is_terminating(pod) {
            delete(world, set, pod, now);
        }
        return Step::Stop;
    }
    if fields::text(pod, "/status/phase") == "Pending" && !fields::is_terminating(pod) {
        // A claim may have gone since; what the server refuses is tried again at the next look.
        let _ = claims::create_missing(world, set, ordinal, now);
    }
    if !pod::is_healthy(pod, set.min_ready, now) && set.ordered {
        return Step::Stop;
    }
    if !fields::is_terminating(pod) {
        claims::apply_retention(world, set, pod, ordinal, now);
        if pod::misfit(set, pod, ordinal) {
            let message = format!(
                "Update Pod {} in StatefulSet {} failed error: its volumes for claims can't be changed",
                fields::name(pod),
                set.name()
            );
            complain(world, set, "FailedUpdate", &message, now);
            return Step::Failed;
        }
        restore_name(world, set, pod, now);
    }
    Step::Next
}

/// Whether a new pod of this ordinal gets the revision from before the roll.
fn wants_current(set: &Set<'_>, ordinal: i64) -> bool {
    let kept = match set.partition {
        Some(partition) => partition,
        None => fields::number(set.value, "/status/currentReplicas").unwrap_or_default(),
    };
    !set.on_delete && ordinal < set.start.saturating_add(kept)
}

/// The label with the pod's own name is restored when it was changed.
fn restore_name(world: &mut World, set: &Set<'_>, pod: &Value, now: Now) {
    let key = Key::new(Resource::PODS, &set.key.namespace, fields::name(pod));
    world.update(&key, &Writer::controller(now), |value| {
        let name = fields::name(value).to_owned();
        fields::set(value, &["metadata", "labels", "statefulset.kubernetes.io/pod-name"], Some(Value::from(name)));
    });
}

/// Deletes pods beyond the wanted number, highest first. True when the set has to wait for that.
fn condemned(world: &mut World, set: &Set<'_>, pods: &BTreeMap<i64, Arc<Value>>, now: Now) -> bool {
    let first_unhealthy = pods.iter().find(|(_, pod)| !pod::is_healthy(pod, set.min_ready, now)).map(|(at, _)| *at);
    let mut waits = false;
    for (ordinal, pod) in pods.iter().rev().filter(|(ordinal, _)| !set.in_range(**ordinal)) {
        waits = true;
        if !fields::is_terminating(pod) {
            if set.ordered && !pod::is_healthy(pod, set.min_ready, now) && first_unhealthy != Some(*ordinal) {
                return true;
            }
            claims::apply_retention(world, set, pod, *ordinal, now);
            delete(world, set, pod, now);
        }
        if set.ordered {
            return true;
        }
    }
    waits && set.ordered
}

/// Deletes the highest pod of an old revision, unless a higher one is not healthy yet. True when one was deleted.
fn roll(
    world: &mut World,
    set: &Set<'_>,
    revisions: &Revisions,
    pods: &BTreeMap<i64, Arc<Value>>,
    made: &[Arc<Value>],
    now: Now,
) -> bool {
    let lowest = set.start.saturating_add(set.partition.unwrap_or_default());
    for ordinal in (lowest..set.end()).rev() {
        let name = set.pod_name(ordinal);
        let Some(pod) = pods.get(&ordinal).or_else(|| made.iter().find(|pod| fields::name(pod) == name)) else {
            return false;
        };
        if Pod::new(pod).revision() != Some(fields::name(&revisions.update)) && !fields::is_terminating(pod) {
            delete(world, set, pod, now);
            return true;
        }
        if !pod::is_healthy(pod, set.min_ready, now) {
            return false;
        }
    }
    false
}

fn create(world: &mut World, set: &Set<'_>, revision: &Value, ordinal: i64, now: Now) -> Option<Arc<Value>> {
    if !may_retry(world, set, now) {
        return None;
    }
    match try_create(world, set, revision, ordinal, now) {
        Ok(pod) => {
            let message = format!("Create Pod {} in StatefulSet {} successful", fields::name(&pod), set.name());
            events::tell(world, set.value, Said::normal(COMPONENT, "SuccessfulCreate", &message), now);
            Some(pod)
        }
        Err(failure) => {
            let name = set.pod_name(ordinal);
            let message = format!("Create Pod {name} in StatefulSet {} failed error: {}", set.name(), failure.message);
            complain(world, set, "FailedCreate", &message, now);
            None
        }
    }
}

fn try_create(
    world: &mut World,
    set: &Set<'_>,
    revision: &Value,
    ordinal: i64,
    now: Now,
) -> Result<Arc<Value>, Failure> {
    let namespace = &set.key.namespace;
    for claim in claims::create_missing(world, set, ordinal, now)? {
        let name = set.pod_name(ordinal);
        let message = format!("Create Claim {claim} Pod {name} in StatefulSet {} success", set.name());
        events::tell(world, set.value, Said::normal(COMPONENT, "SuccessfulCreate", &message), now);
    }
    let body = pod::build(set, revision, ordinal);
    let pod = world.make(Resource::PODS, namespace, body, now)?;
    claims::apply_retention(world, set, &pod, ordinal, now);
    Ok(pod)
}

fn delete(world: &mut World, set: &Set<'_>, pod: &Value, now: Now) {
    let key = Key::new(Resource::PODS, &set.key.namespace, fields::name(pod));
    world.remove(&key, None, None, now);
    let message = format!("Delete Pod {} in StatefulSet {} successful", fields::name(pod), set.name());
    events::tell(world, set.value, Said::normal(COMPONENT, "SuccessfulDelete", &message), now);
}

/// Reports what failed; the same failure is reported again only after a while, when it was tried again.
fn complain(world: &mut World, set: &Set<'_>, reason: &str, message: &str, now: Now) {
    if may_retry(world, set, now) {
        events::tell(world, set.value, Said::warning(COMPONENT, reason, message), now);
    }
    world.timers.start(fields::uid(set.value), RETRY, RETRY_AFTER, now.instant);
}

fn may_retry(world: &World, set: &Set<'_>, now: Now) -> bool {
    !world.timers.runs(fields::uid(set.value), RETRY, now.instant)
}

/// With minReadySeconds a pod becomes available without a write: look again then.
fn wait_for_availability(world: &mut World, set: &Set<'_>, pods: &[Arc<Value>], now: Now) {
    for pod in pods {
        if let Some(seconds) = pod::until_available(pod, set.min_ready, now).filter(|seconds| *seconds > 0) {
            let delay = Duration::from_secs(seconds.unsigned_abs());
            world.timers.start(fields::uid(pod), AVAILABLE, delay, now.instant);
        }
    }
}
