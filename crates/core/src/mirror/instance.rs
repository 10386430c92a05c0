//! Whether IRIS runs in a pod, as far as the pod's status tells.

use iriskit_kubernetes::views::{Phase, Pod, PodSpec};
use serde_json::Value;

/// The container that IRIS runs in.
const IRIS: &str = "iris";

/// Whether IRIS certainly does not run, and not because it is being started again at this moment: its container waits (an
/// image that can't be pulled, a crash loop), was never started, or is given up. A pod that merely is not ready may still
/// serve, and one whose node is lost says nothing new.
pub(crate) fn is_stopped(pod: &Value) -> bool {
    let pod = Pod::new(pod);
    if pod.has_ended() {
        return true;
    }
    let is_pending = pod.phase() == Phase::Pending;
    match pod.container_status(IRIS).filter(|status| status.has_state()) {
        Some(iris) if iris.is_running() => false,
        Some(iris) => iris.is_waiting() || is_pending,
        None => is_pending,
    }
}

/// Whether a pod is ready. One that is being deleted may be until it has gone.
pub(crate) fn is_ready(pod: &Value) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    let ready = |condition: &Value| condition.get("type") == Some(&Value::from("Ready"));
    let found = conditions.into_iter().flatten().find(|condition| ready(condition));
    found.is_some_and(|condition| condition.get("status") == Some(&Value::from("True")))
}

/// The image that IRIS runs from in a pod, or in the pods of a template.
pub fn image(spec: &Value) -> Option<&str> {
    PodSpec::new(spec).container(IRIS)?.image()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_certainly_does_not_run_is_stopped() {
        let pod = |phase: &str, state: Value| {
            json!({"status": {"phase": phase, "containerStatuses": [
                {"name": "webgateway", "state": {"running": {}}}, {"name": "iris", "state": state}]}})
        };
        for (pod, stopped) in [
            (pod("Running", json!({"running": {}})), false),
            (pod("Running", json!({"waiting": {"reason": "CrashLoopBackOff"}})), true),
            (pod("Running", json!({"terminated": {"exitCode": 1}})), false),
            (pod("Pending", json!({"waiting": {"reason": "ImagePullBackOff"}})), true),
            (pod("Pending", json!({})), true),
            (pod("Running", json!({})), false),
            (pod("Failed", json!({"running": {}})), true),
            (json!({"status": {"phase": "Pending"}}), true),
            (json!({"status": {"phase": "Running"}}), false),
            (json!({"status": {"phase": "Unknown"}}), false),
            (json!({}), true),
        ] {
            assert_eq!(is_stopped(&pod), stopped, "{pod}");
        }
    }
}
