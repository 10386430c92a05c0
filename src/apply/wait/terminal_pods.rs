//! States of pods that rarely heal: of their containers, and of those that get no node. Pure.

use serde_json::Value;

use super::{
    events,
    terminal_state::{LogPlace, TerminalCause, TerminalState},
};
use iriskit_kubernetes::views::{CANNOT_START, Object, Pod};

/// The terminal states of pods; `told` are the events since the run began.
pub(super) fn of_pods(pods: &[&Value], told: &[&Value]) -> Vec<TerminalState> {
    let of_pod = |pod: &&Value| {
        let pod = Pod::new(pod);
        of_containers(pod).into_iter().chain(not_scheduled(pod, told)).collect::<Vec<_>>()
    };
    pods.iter().flat_map(of_pod).collect()
}

/// That the pods of a Deployment can't be made, which its ReplicaSets' controller has it say.
pub(super) fn replica_failure(object: Object<'_>) -> Option<TerminalState> {
    let failure = object.condition("ReplicaFailure").filter(|failure| failure.is_true())?;
    let why = failure.message().or_else(|| failure.reason()).unwrap_or_default();
    Some(TerminalState::new(object.uid()?, TerminalCause::FailedCreate, format!("FailedCreate: {why}")))
}

/// Why a pod gets no node, where that does not pass by itself: its claims get no volume, or no node could take it and no
/// autoscaler makes one.
fn not_scheduled(pod: Pod<'_>, told: &[&Value]) -> Option<TerminalState> {
    let condition = pod.condition("PodScheduled").filter(|scheduled| scheduled.is_false())?;
    let (uid, name, message) = (pod.uid()?, pod.name(), condition.message().unwrap_or_default());
    if let Some((claim, why)) = pod.claims().find_map(|claim| Some((claim, events::unbound(claim, told)?))) {
        let text = format!("pod {name}: claim {claim} has no volume: {why}");
        return Some(TerminalState::new(uid, TerminalCause::UnboundClaim, text));
    }
    let helped = events::is_scaled_for(uid, told);
    (no_node_could(message) && !helped).then(|| {
        TerminalState::new(uid, TerminalCause::Unschedulable, format!("pod {name} is not scheduled: {message}"))
    })
}

/// Reasons of a scheduler that hold as long as pod and nodes are as they are. Room on nodes comes and goes, and so do most
/// taints. The condition's own reason is `Unschedulable` for all of them; these words are the `ErrReason…` constants of the
/// plugins `nodeaffinity`, `nodename` and `volumebinding` in `k8s.io/kubernetes/pkg/scheduler/framework/plugins`.
const NEVER: [&str; 4] = [
    "didn't match Pod's node affinity/selector",
    "didn't match the requested node name",
    "had volume node affinity conflict",
    "didn't match PersistentVolume's node affinity",
];

/// Whether a scheduler's message says of every node that it never could:
/// `0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. preemption: …`.
fn no_node_could(message: &str) -> bool {
    let Some((counts, reasons)) = message.split_once(" nodes are available: ") else { return false };
    let all: Option<u64> = counts.split_once('/').and_then(|(_, all)| all.parse().ok());
    let reasons = reasons.split(". ").next().unwrap_or_default();
    let never = reasons.split(", ").filter(|reason| NEVER.iter().any(|never| reason.contains(never)));
    let count = |reason: &str| reason.split(' ').next().and_then(|count| count.parse::<u64>().ok());
    let sum: u64 = never.filter_map(count).sum();
    all.is_some_and(|all| all > 0 && sum >= all)
}

fn of_containers(pod: Pod<'_>) -> Vec<TerminalState> {
    if pod.is_ready() {
        return Vec::new();
    }
    let (uid, name) = (pod.uid().unwrap_or_default(), pod.name());
    let mut found = Vec::new();
    for status in pod.all_container_statuses() {
        let container = status.name();
        let waiting = status.waiting_reason().unwrap_or_default();
        if CANNOT_START.contains(&waiting) {
            let message = status.waiting_message().map(|text| format!(": {text}")).unwrap_or_default();
            // The reasons take turns (ErrImagePull, ImagePullBackOff): one state.
            let text = format!("pod {name}, container {container}: {waiting}{message}");
            found.push(TerminalState::new(uid, TerminalCause::CannotStart, text));
        }
        // Between its crashes a container runs for a while: that does not end the state.
        let restarts = status.restart_count();
        let failed = status.last_terminated_reason().is_some_and(|reason| reason != "Completed");
        if waiting == "CrashLoopBackOff" || (restarts >= 2 && failed) {
            let code = status.last_exit_code().map(|code| format!(", exit code {code}")).unwrap_or_default();
            let why = status.last_terminated_reason().filter(|reason| !matches!(*reason, "Error" | "Completed"));
            let why = why.map(|reason| format!(", {reason}")).unwrap_or_default();
            let text = format!("pod {name}, container {container}: CrashLoopBackOff ({restarts} restarts{code}{why})");
            // While it waits to be started again its last log is the one that says why it ended.
            let log = LogPlace { pod: name.to_owned(), container: container.to_owned(), previous: status.is_running() };
            let state = TerminalState::new(uid, TerminalCause::CrashLoop, text);
            found.push(TerminalState { log: Some(log), ..state });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(status: &Value) -> Value {
        json!({"metadata": {"name": "p", "uid": "u"}, "status": {"containerStatuses": [status]}})
    }

    #[test]
    fn only_states_that_rarely_heal_are_terminal() {
        for (status, expected) in [
            (
                json!({"name": "iris", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}),
                vec!["pod p, container iris: ImagePullBackOff: no such image"],
            ),
            (
                json!({"name": "iris", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": {"reason": "Error", "exitCode": 1}}}),
                vec!["pod p, container iris: CrashLoopBackOff (3 restarts, exit code 1)"],
            ),
            (
                json!({"name": "iris", "restartCount": 3, "state": {"running": {}}, "lastState": {"terminated": {"reason": "Error", "exitCode": 1}}}),
                vec!["pod p, container iris: CrashLoopBackOff (3 restarts, exit code 1)"],
            ),
            (
                json!({"name": "iris", "restartCount": 1, "state": {"running": {}}, "lastState": {"terminated": {"reason": "Error"}}}),
                vec![],
            ),
            (json!({"name": "iris", "state": {"waiting": {"reason": "ContainerCreating"}}}), vec![]),
            (json!({"name": "iris", "state": {"running": {}}}), vec![]),
        ] {
            let pod = pod(&status);
            let texts: Vec<_> = of_pods(&[&pod], &[]).into_iter().map(|state| state.text).collect();
            assert_eq!(texts, expected, "{status}");
        }
    }

    #[test]
    fn only_what_no_node_could_ever_take_is_terminal() {
        let selector = "didn't match Pod's node affinity/selector";
        for (message, expected) in [
            (
                format!(
                    "0/3 nodes are available: 3 node(s) {selector}. preemption: 0/3 nodes are available: 3 Preemption"
                ),
                true,
            ),
            (
                format!("0/3 nodes are available: 1 node(s) had volume node affinity conflict, 2 node(s) {selector}."),
                true,
            ),
            (format!("0/3 nodes are available: 1 Insufficient cpu, 2 node(s) {selector}."), false),
            (
                format!("0/3 nodes are available: 1 node(s) had untolerated taint {{a: b}}, 2 node(s) {selector}."),
                false,
            ),
            ("0/3 nodes are available: 3 Insufficient memory. preemption: none".to_owned(), false),
            ("no nodes available to schedule pods".to_owned(), false),
        ] {
            let pod = json!({"metadata": {"name": "p", "uid": "u"}, "status": {"phase": "Pending", "conditions": [
                {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]}});
            assert_eq!(of_pods(&[&pod], &[]).len(), usize::from(expected), "{message}");
            let helped = json!({"reason": "TriggeredScaleUp", "involvedObject": {"uid": "u"}});
            assert_eq!(of_pods(&[&pod], &[&helped]), [], "an autoscaler makes a node");
        }
    }

    #[test]
    fn a_claim_that_gets_no_volume_is_terminal() {
        let pod = json!({"metadata": {"name": "p", "uid": "u"},
            "spec": {"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "d-p"}}]},
            "status": {"conditions": [{"type": "PodScheduled", "status": "False", "message": "unbound claims"}]}});
        let event = |reason: &str| {
            json!({"reason": reason, "message": "class not found",
            "involvedObject": {"kind": "PersistentVolumeClaim", "name": "d-p"}})
        };
        let texts = |reason: &str| -> Vec<String> {
            of_pods(&[&pod], &[&event(reason)]).into_iter().map(|state| state.text).collect()
        };
        assert_eq!(texts("ProvisioningFailed"), ["pod p: claim d-p has no volume: class not found"]);
        assert_eq!(texts("ExternalProvisioning"), Vec::<String>::new());
    }

    #[test]
    fn the_turns_of_a_pull_are_one_state() {
        let key = |reason: &str| {
            of_pods(&[&pod(&json!({"name": "i", "state": {"waiting": {"reason": reason}}}))], &[])[0].key.clone()
        };
        assert_eq!(key("ErrImagePull"), key("ImagePullBackOff"));
    }

    #[test]
    fn a_ready_pod_is_in_no_terminal_state() {
        let mut pod = pod(
            &json!({"name": "iris", "restartCount": 9, "state": {"running": {}}, "lastState": {"terminated": {"reason": "Error"}}}),
        );
        pod["status"]["conditions"] = json!([{"type": "Ready", "status": "True"}]);
        assert_eq!(of_pods(&[&pod], &[]), []);
    }
}
