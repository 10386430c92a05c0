//! What the cluster's events say of objects. Pure.

use jiff::Timestamp;
use serde_json::Value;

use super::terminal_state::{TerminalCause, TerminalState};

/// A controller that can't make a pod says so only in events.
pub(super) fn failed_create(object_uid: &str, events: &[&Value], since: Timestamp) -> Option<TerminalState> {
    let newest = events
        .iter()
        .filter(|event| text(event, "/involvedObject/uid") == Some(object_uid))
        .filter(|event| text(event, "/reason") == Some("FailedCreate"))
        .filter(|event| time_of(event).is_some_and(|at| at >= since))
        .max_by_key(|event| time_of(event))?;
    let text = format!("FailedCreate: {}", text(newest, "/message").unwrap_or_default());
    Some(TerminalState::new(object_uid, TerminalCause::FailedCreate, text))
}

/// Those that are not older than this.
pub(super) fn since<'a>(events: &[&'a Value], since: Timestamp) -> Vec<&'a Value> {
    events.iter().filter(|event| time_of(event).is_some_and(|at| at >= since)).copied().collect()
}

/// Why nobody makes a volume for a claim, in the words of whoever should.
pub(super) fn unbound(claim: &str, events: &[&Value]) -> Option<String> {
    let failed = ["ProvisioningFailed", "FailedBinding"];
    let about = |event: &&&Value| {
        text(event, "/involvedObject/kind") == Some("PersistentVolumeClaim")
            && text(event, "/involvedObject/name") == Some(claim)
            && text(event, "/reason").is_some_and(|reason| failed.contains(&reason))
    };
    let newest = events.iter().filter(about).max_by_key(|event| time_of(event))?;
    text(newest, "/message").map(|message| message.trim().to_owned())
}

/// Whether an autoscaler makes a node for a pod.
pub(super) fn is_scaled_for(pod_uid: &str, events: &[&Value]) -> bool {
    let of_pod = |event: &&&Value| text(event, "/involvedObject/uid") == Some(pod_uid);
    events.iter().filter(of_pod).any(|event| text(event, "/reason") == Some("TriggeredScaleUp"))
}

/// The newest warning about one of these objects, identified by uid.
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

fn text<'a>(event: &'a Value, pointer: &str) -> Option<&'a str> {
    event.pointer(pointer)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
        assert_eq!(failed_create("u", &events, since).map(|state| state.text).as_deref(), Some("FailedCreate: m"));
        assert_eq!(failed_create("other", &events, since), None);
    }
}
