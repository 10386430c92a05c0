//! Readiness of a pod, and what it waits for.

use super::subject::{Readiness, Subject};
use crate::views::pod::{Phase, Pod};

pub(super) fn readiness(subject: &Subject<'_>) -> Readiness {
    let pod = Pod::new(subject.object.value());
    match pod.phase() {
        Phase::Succeeded => Readiness::Ready,
        Phase::Failed => Readiness::Failed(pod_state(pod)),
        _ if pod.is_healthy() => Readiness::Ready,
        _ => Readiness::Waiting(pod_state(pod)),
    }
}

/// What a pod is waiting for, in a few words.
pub fn pod_state(pod: Pod<'_>) -> String {
    let name = pod.name();
    if pod.is_terminating() {
        return format!("{name} is terminating");
    }
    if let Some(scheduled) = pod.condition("PodScheduled").filter(|scheduled| scheduled.is_false()) {
        let why = scheduled.message().or_else(|| scheduled.reason()).unwrap_or("no node");
        return format!("{name} is not scheduled ({why})");
    }
    for status in pod.all_container_statuses() {
        let container = status.name();
        if let Some(reason) = status.waiting_reason().filter(|reason| *reason != "PodInitializing") {
            return format!("{name}: container {container} {reason}");
        }
        if let Some(reason) = status.terminated_reason().filter(|reason| *reason != "Completed") {
            return format!("{name}: container {container} ended ({reason})");
        }
    }
    let mut running = pod.all_container_statuses().filter(|status| status.is_running());
    if let Some(status) = running.find(|status| status.ready() == Some(false)) {
        return format!("{name}: container {} is not ready", status.name());
    }
    format!("{name} is {}", pod.phase().as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn states_of_pods_say_the_first_thing_that_is_wrong() {
        for (status, expected) in [
            (
                json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"}]}),
                "p is not scheduled (0/3 nodes are available)",
            ),
            (
                json!({"phase": "Pending", "containerStatuses": [{"name": "iris", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]}),
                "p: container iris ImagePullBackOff",
            ),
            (
                json!({"phase": "Pending", "initContainerStatuses": [{"name": "init", "state": {"terminated": {"reason": "Error"}}}],
                "containerStatuses": [{"name": "iris", "state": {"waiting": {"reason": "PodInitializing"}}}]}),
                "p: container init ended (Error)",
            ),
            (
                json!({"phase": "Running", "containerStatuses": [{"name": "iris", "ready": false, "state": {"running": {}}}]}),
                "p: container iris is not ready",
            ),
            (json!({}), "p is Pending"),
        ] {
            assert_eq!(pod_state(Pod::new(&json!({"metadata": {"name": "p"}, "status": status}))), expected);
        }
    }
}
