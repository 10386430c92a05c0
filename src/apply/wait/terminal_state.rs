//! States that rarely heal. Pure.

use serde_json::Value;

use iriskit_kubernetes::views::Pod;

/// A state that ends a wait when it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::apply) struct TerminalState {
    /// Stays the same while the state lasts.
    pub(super) key: TerminalKey,
    /// What it is, for the user.
    pub(super) text: String,
}

/// Which state of which object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TerminalKey {
    uid: String,
    cause: TerminalCause,
}

/// Why something does not heal by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::apply) enum TerminalCause {
    /// A container can't be started: its image can't be pulled, its configuration is wrong.
    CannotStart,
    /// A container ends again and again.
    CrashLoop,
    /// The controller can't make a pod.
    FailedCreate,
    /// A pod that lacks a volume keeps its set from making the others.
    SetBlocked,
    /// A mirror is not whole.
    MirrorNotWhole,
}

impl TerminalState {
    /// `uid` is that of the object that is in the state.
    pub(in crate::apply) fn new(uid: &str, cause: TerminalCause, text: String) -> Self {
        Self { key: TerminalKey { uid: uid.to_owned(), cause }, text }
    }
}

/// Reasons for which a container is waiting that no patience cures.
const CANNOT_START: [&str; 7] = [
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
];

/// The terminal states of pods.
pub(super) fn of_pods(pods: &[&Value]) -> Vec<TerminalState> {
    pods.iter().flat_map(|pod| of_pod(Pod::new(pod))).collect()
}

fn of_pod(pod: Pod<'_>) -> Vec<TerminalState> {
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
            let text = format!("pod {name}, container {container}: CrashLoopBackOff ({restarts} restarts{code})");
            found.push(TerminalState::new(uid, TerminalCause::CrashLoop, text));
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
            let texts: Vec<_> = of_pods(&[&pod]).into_iter().map(|state| state.text).collect();
            assert_eq!(texts, expected, "{status}");
        }
    }

    #[test]
    fn the_turns_of_a_pull_are_one_state() {
        let key = |reason: &str| {
            of_pods(&[&pod(&json!({"name": "i", "state": {"waiting": {"reason": reason}}}))])[0].key.clone()
        };
        assert_eq!(key("ErrImagePull"), key("ImagePullBackOff"));
    }

    #[test]
    fn a_ready_pod_is_in_no_terminal_state() {
        let mut pod = pod(
            &json!({"name": "iris", "restartCount": 9, "state": {"running": {}}, "lastState": {"terminated": {"reason": "Error"}}}),
        );
        pod["status"]["conditions"] = json!([{"type": "Ready", "status": "True"}]);
        assert_eq!(of_pods(&[&pod]), []);
    }
}
