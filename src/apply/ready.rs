//! Whether an object is ready, from what the server says of it and its pods. Pure.

use iriskit_kubernetes::views::{Pod, readiness};
use serde_json::Value;

use super::target::items;

pub(super) use readiness::{Readiness, readiness};

/// The revision that a pod was made from.
pub(super) fn revision_of(pod: &Value) -> Option<&str> {
    Pod::new(pod).revision()
}

/// What a pod is waiting for, in a few words.
pub(super) fn pod_state(pod: &Value) -> String {
    readiness::pod_state(Pod::new(pod))
}

/// Statuses of init containers, then of containers.
pub(super) fn container_statuses(pod: &Value) -> impl Iterator<Item = &Value> {
    items(pod, "/status/initContainerStatuses").iter().chain(items(pod, "/status/containerStatuses"))
}
