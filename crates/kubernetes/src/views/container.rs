//! What the kubelet says of a container.

use serde_json::Value;

use super::path;

/// One entry of `status.containerStatuses` or `status.initContainerStatuses`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContainerStatus<'a>(&'a Value);

impl<'a> ContainerStatus<'a> {
    pub(super) fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// The container's name, or nothing.
    pub fn name(self) -> &'a str {
        path::text(self.0, &["name"]).unwrap_or_default()
    }

    /// Whether its probes say that it is ready; `None` where the kubelet has not said.
    pub fn ready(self) -> Option<bool> {
        self.0.get("ready")?.as_bool()
    }

    /// How often it was started again.
    pub fn restart_count(self) -> u64 {
        self.0.get("restartCount").and_then(Value::as_u64).unwrap_or_default()
    }

    /// Whether it says in which state the container is.
    pub fn has_state(self) -> bool {
        self.0.get("state").is_some_and(Value::is_object)
    }

    /// Whether it runs.
    pub fn is_running(self) -> bool {
        path::at(self.0, &["state", "running"]).is_some()
    }

    /// Whether it waits to be started.
    pub fn is_waiting(self) -> bool {
        path::at(self.0, &["state", "waiting"]).is_some()
    }

    /// Why it waits: `ImagePullBackOff`, `CrashLoopBackOff`, `PodInitializing` …
    pub fn waiting_reason(self) -> Option<&'a str> {
        path::text(self.0, &["state", "waiting", "reason"])
    }

    /// The message to that reason.
    pub fn waiting_message(self) -> Option<&'a str> {
        path::text(self.0, &["state", "waiting", "message"])
    }

    /// Why it ended and is not started again: `Completed`, `Error`, `OOMKilled` …
    pub(crate) fn terminated_reason(self) -> Option<&'a str> {
        path::text(self.0, &["state", "terminated", "reason"])
    }

    /// Whether it ended before and was started again.
    pub fn has_terminated_before(self) -> bool {
        path::at(self.0, &["lastState", "terminated"]).is_some()
    }

    /// Why it ended before it was started again.
    pub fn last_terminated_reason(self) -> Option<&'a str> {
        path::text(self.0, &["lastState", "terminated", "reason"])
    }

    /// The exit code with which it ended before it was started again.
    pub fn last_exit_code(self) -> Option<i64> {
        path::at(self.0, &["lastState", "terminated", "exitCode"])?.as_i64()
    }
}
