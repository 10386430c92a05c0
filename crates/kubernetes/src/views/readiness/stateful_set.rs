//! Readiness of a StatefulSet.

use super::{
    pod::pod_state,
    subject::{Readiness, Subject, unobserved},
};
use crate::views::{pod::Pod, stateful_set::StatefulSet};

/// Ready when the controller has seen the change, every replica is updated, ready and available, and every pod's
/// revision is the newest. The status alone would not do: during a roll it looks finished for a moment, and with
/// `OnDelete` its revisions never meet.
pub(super) fn readiness(subject: &Subject<'_>) -> Readiness {
    let set = StatefulSet::new(subject.object.value());
    if let Some(waiting) = unobserved(subject.object) {
        return waiting;
    }
    let wanted = set.replicas();
    if let Some(waiting) = subject.pods.and_then(|pods| of_pods(set, pods, subject.revisions)) {
        return waiting;
    }
    let lowest = set.first_rolled_ordinal();
    let updated = if subject.revisions && lowest == 0 { set.updated_replicas() } else { wanted };
    let counts = [set.status_replicas(), set.ready_replicas(), set.available_replicas(), updated];
    if counts.iter().any(|count| *count != wanted) {
        return Readiness::Waiting(format!("{} of {wanted} pods available", set.available_replicas()));
    }
    Readiness::Ready
}

/// What the pods of a set lack; `None` when they are all as they should be.
fn of_pods(set: StatefulSet<'_>, pods: &[Pod<'_>], revisions: bool) -> Option<Readiness> {
    let wanted = set.replicas();
    let mut pods = pods.to_vec();
    pods.sort_by_key(|pod| pod.ordinal());
    if let Some(leaving) = pods.iter().find(|pod| pod.is_terminating()) {
        return Some(Readiness::Waiting(format!("pod {} is terminating", leaving.name())));
    }
    let count = u64::try_from(pods.len()).unwrap_or(u64::MAX);
    if count > wanted {
        return Some(Readiness::Waiting(format!("{count} pods, {wanted} wanted")));
    }
    // Below a partition, which is never ours, Kubernetes leaves pods as they are.
    let lowest = set.first_rolled_ordinal();
    let is_rolled = |pod: &&Pod<'_>| pod.ordinal().is_none_or(|ordinal| ordinal >= lowest);
    let is_old = |pod: &&Pod<'_>| set.is_outdated(**pod).unwrap_or(true);
    let outdated: Vec<&str> = pods.iter().filter(is_rolled).filter(is_old).map(|pod| pod.name()).collect();
    if revisions && !outdated.is_empty() {
        return Some(Readiness::Waiting(format!("{} on the old revision", outdated.join(", "))));
    }
    // Kubernetes says nothing of it in the status, and does nothing for the set any more.
    if let Some((pod, lacks)) = pods.iter().map(|pod| (pod, set.missing_claims(*pod))).find(|(_, l)| !l.is_empty()) {
        return Some(Readiness::Waiting(format!("pod {} lacks the volume {}", pod.name(), lacks.join(", "))));
    }
    if let Some(pod) = pods.iter().find(|pod| !pod.is_healthy()) {
        let ready = pods.iter().filter(|pod| pod.is_healthy()).count();
        return Some(Readiness::Waiting(format!("{ready} of {wanted} pods ready; {}", pod_state(*pod))));
    }
    if count < wanted {
        return Some(Readiness::Waiting(format!("{count} of {wanted} pods made")));
    }
    None
}

/// The names of the pods of a set that are missing, on their way out or not ready.
pub fn unready_pods(set: StatefulSet<'_>, pods: &[Pod<'_>]) -> Vec<String> {
    let healthy = |name: &str| pods.iter().any(|pod| pod.name() == name && pod.is_healthy());
    let wanted: Vec<String> = set.ordinals().map(|ordinal| set.pod_name(ordinal)).collect();
    let beyond = pods.iter().map(|pod| pod.name().to_owned()).filter(|name| !wanted.contains(name));
    let unready = wanted.iter().filter(|name| !healthy(name)).cloned();
    unready.chain(beyond).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::kinds, *};

    fn pod_of(name: &str, revision: &str, ready: bool) -> Value {
        let status = if ready { "True" } else { "False" };
        json!({"kind": "Pod", "metadata": {"name": name, "labels": {"controller-revision-hash": revision}},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": status}]}})
    }

    fn set(generation: i64, observed: i64, replicas: i64, status: &Value) -> Value {
        let mut status = status.clone();
        status["observedGeneration"] = json!(observed);
        json!({"kind": "StatefulSet", "metadata": {"name": "s", "generation": generation},
            "spec": {"replicas": replicas}, "status": status})
    }

    fn green(replicas: i64) -> Value {
        json!({"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas,
            "updatedReplicas": replicas, "updateRevision": "new", "currentRevision": "old"})
    }

    fn look(set: &Value, pods: &[Value], revisions: bool) -> Readiness {
        let pods: Vec<&Value> = pods.iter().collect();
        kinds::readiness(set, &pods, 2, revisions)
    }

    fn waiting(text: &str) -> Readiness {
        Readiness::Waiting(text.to_owned())
    }

    #[test]
    fn a_stateful_set_is_ready_when_every_pod_is_new_and_available() {
        let pods = [pod_of("s-0", "new", true), pod_of("s-1", "new", true)];
        assert_eq!(look(&set(2, 2, 2, &green(2)), &pods, true), Readiness::Ready);
        assert_eq!(look(&set(2, 1, 2, &green(2)), &pods, true), waiting("the controller has not seen the change yet"));
        assert_eq!(look(&set(1, 1, 2, &green(2)), &pods, true), waiting("the change is not visible yet"));
        assert_eq!(look(&set(2, 2, 2, &green(2)), &pods[..1], true), waiting("1 of 2 pods made"));
        assert_eq!(look(&set(2, 2, 1, &green(1)), &pods, true), waiting("2 pods, 1 wanted"));
        let mut late = green(2);
        late["availableReplicas"] = json!(1);
        assert_eq!(look(&set(2, 2, 2, &late), &pods, true), waiting("1 of 2 pods available"));
        assert_eq!(look(&set(2, 2, 0, &json!({"replicas": 0, "availableReplicas": 0})), &[], true), Readiness::Ready);
    }

    #[test]
    fn a_green_status_with_old_pods_is_not_ready_but_under_on_delete() {
        let pods = [pod_of("s-1", "old", true), pod_of("s-0", "new", true)];
        let mut status = green(2);
        status["updatedReplicas"] = json!(1);
        assert_eq!(look(&set(2, 2, 2, &status), &pods, true), waiting("s-1 on the old revision"));
        assert_eq!(look(&set(2, 2, 2, &status), &pods, false), Readiness::Ready);
    }

    #[test]
    fn without_pods_the_counts_of_the_status_say_it() {
        let look = |status: &Value| kinds::readiness_as_found(&set(2, 2, 2, status), None);
        assert_eq!(look(&green(2)), Readiness::Ready);
        assert_eq!(look(&json!({"replicas": 1})), waiting("0 of 2 pods available"));
    }

    #[test]
    fn missing_pods_are_unready_too() {
        let set = set(2, 2, 3, &green(2));
        let pods = [pod_of("s-0", "new", true), pod_of("s-1", "new", false), pod_of("s-3", "new", true)];
        let pods: Vec<Pod<'_>> = pods.iter().map(Pod::new).collect();
        assert_eq!(unready_pods(StatefulSet::new(&set), &pods), ["s-1", "s-2", "s-3"]);
    }

    #[test]
    fn a_pod_that_goes_or_is_not_ready_is_named() {
        let mut going = pod_of("s-1", "new", true);
        going["metadata"]["deletionTimestamp"] = json!("2026-11-22T10:00:00Z");
        assert_eq!(
            look(&set(2, 2, 2, &green(2)), &[pod_of("s-0", "new", true), going], true),
            waiting("pod s-1 is terminating")
        );
        let pods = [pod_of("s-0", "new", true), pod_of("s-1", "new", false)];
        assert_eq!(look(&set(2, 2, 2, &green(2)), &pods, true), waiting("1 of 2 pods ready; s-1 is Running"));
    }
}
