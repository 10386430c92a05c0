//! States that rarely heal, and the newest warning of the cluster. Pure.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    ready::container_statuses,
    target::{is_true, name, text, uid},
};

/// A state that ends the wait when it lasts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Trouble {
    /// Stays the same while the trouble does.
    pub(super) key: String,
    /// What it is, for the user.
    pub(super) text: String,
}

/// Reasons for which a container is waiting that no patience cures.
const STUCK: [&str; 7] = [
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
];

/// The troubles of pods.
pub(super) fn of_pods(pods: &[&Value]) -> Vec<Trouble> {
    pods.iter().flat_map(|pod| of_pod(pod)).collect()
}

fn of_pod(pod: &Value) -> Vec<Trouble> {
    if is_true(pod, "Ready") {
        return Vec::new();
    }
    let trouble =
        |class: &str, text: String| Trouble { key: format!("{} {class}", uid(pod).unwrap_or_default()), text };
    let mut found = Vec::new();
    for status in container_statuses(pod) {
        let container = text(status, "/name").unwrap_or_default();
        let waiting = text(status, "/state/waiting/reason").unwrap_or_default();
        if STUCK.contains(&waiting) {
            let message = text(status, "/state/waiting/message").map(|text| format!(": {text}")).unwrap_or_default();
            // The reasons take turns (ErrImagePull, ImagePullBackOff): one trouble.
            found.push(trouble("stuck", format!("pod {}, container {container}: {waiting}{message}", name(pod))));
        }
        // Between its crashes a container runs for a while: that does not end the trouble.
        let restarts = status.get("restartCount").and_then(Value::as_i64).unwrap_or_default();
        let failed = text(status, "/lastState/terminated/reason").filter(|reason| *reason != "Completed");
        if waiting == "CrashLoopBackOff" || (restarts >= 2 && failed.is_some()) {
            let code = status.pointer("/lastState/terminated/exitCode").and_then(Value::as_i64);
            let code = code.map(|code| format!(", exit code {code}")).unwrap_or_default();
            let text =
                format!("pod {}, container {container}: CrashLoopBackOff ({restarts} restarts{code})", name(pod));
            found.push(trouble("crashes", text));
        }
    }
    found
}

/// A controller that can't make a pod says so only in events.
pub(super) fn of_events(object_uid: &str, events: &[&Value], since: Timestamp) -> Option<Trouble> {
    let newest = events
        .iter()
        .filter(|event| text(event, "/involvedObject/uid") == Some(object_uid))
        .filter(|event| text(event, "/reason") == Some("FailedCreate"))
        .filter(|event| time_of(event).is_some_and(|at| at >= since))
        .max_by_key(|event| time_of(event))?;
    let text = format!("FailedCreate: {}", text(newest, "/message").unwrap_or_default());
    Some(Trouble { key: format!("{object_uid} FailedCreate"), text })
}

/// The newest warning about one of these objects, told by uid.
pub(super) fn newest_warning(uids: &[&str], events: &[&Value], since: Timestamp) -> Option<String> {
    events
        .iter()
        .filter(|event| text(event, "/type") == Some("Warning"))
        .filter(|event| text(event, "/involvedObject/uid").is_some_and(|uid| uids.contains(&uid)))
        .filter(|event| time_of(event).is_some_and(|at| at >= since))
        .max_by_key(|event| time_of(event))
        .map(|event| {
            let (reason, message) = (text(event, "/reason"), text(event, "/message"));
            format!("{}: {}", reason.unwrap_or("Warning"), message.unwrap_or_default().trim())
        })
}

/// When an event happened last. Newer reporters fill in other fields than older ones.
fn time_of(event: &Value) -> Option<Timestamp> {
    ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"]
        .iter()
        .filter_map(|pointer| text(event, pointer)?.parse().ok())
        .max()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(status: &Value) -> Value {
        json!({"metadata": {"name": "p", "uid": "u"}, "status": {"containerStatuses": [status]}})
    }

    #[test]
    fn only_states_that_rarely_heal_are_troubles() {
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
            let texts: Vec<_> = of_pods(&[&pod]).into_iter().map(|trouble| trouble.text).collect();
            assert_eq!(texts, expected, "{status}");
        }
    }

    #[test]
    fn the_turns_of_a_pull_are_one_trouble() {
        let key = |reason: &str| {
            of_pods(&[&pod(&json!({"name": "i", "state": {"waiting": {"reason": reason}}}))])[0].key.clone()
        };
        assert_eq!(key("ErrImagePull"), key("ImagePullBackOff"));
    }

    #[test]
    fn a_ready_pod_has_no_trouble() {
        let mut pod = pod(
            &json!({"name": "iris", "restartCount": 9, "state": {"running": {}}, "lastState": {"terminated": {"reason": "Error"}}}),
        );
        pod["status"]["conditions"] = json!([{"type": "Ready", "status": "True"}]);
        assert_eq!(of_pods(&[&pod]), []);
    }

    #[test]
    fn the_newest_warning_counts_whoever_reports_it() {
        let event = |uid: &str, kind: &str, reason: &str, field: &str, at: &str| {
            let mut event = json!({"type": kind, "reason": reason, "message": "m", "involvedObject": {"uid": uid}});
            if field == "series" {
                event["series"] = json!({"lastObservedTime": at});
            } else {
                event[field] = json!(at);
            }
            event
        };
        let events = [
            event("u", "Warning", "Old", "lastTimestamp", "2026-11-22T09:00:00Z"),
            event("u", "Warning", "FailedScheduling", "series", "2026-11-22T10:00:05.000001Z"),
            event("u", "Warning", "FailedCreate", "lastTimestamp", "2026-11-22T10:00:04Z"),
            event("u", "Normal", "Pulled", "eventTime", "2026-11-22T10:00:09Z"),
            event("other", "Warning", "Foreign", "eventTime", "2026-11-22T10:00:09Z"),
        ];
        let events: Vec<&Value> = events.iter().collect();
        let since = "2026-11-22T10:00:00Z".parse().unwrap();
        assert_eq!(newest_warning(&["u"], &events, since).as_deref(), Some("FailedScheduling: m"));
        assert_eq!(newest_warning(&["u"], &events[..1], since), None);
        assert_eq!(of_events("u", &events, since).map(|trouble| trouble.text).as_deref(), Some("FailedCreate: m"));
        assert_eq!(of_events("other", &events, since), None);
    }
}
