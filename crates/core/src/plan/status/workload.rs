//! Objects that have pods, or run to an end, and their pods.

use iriskit_kubernetes::{
    names::{IRIS_COMPONENT, MIRROR_ROLE},
    views::{
        Container, ContainerStatus, Object, Pod, StatefulSet,
        readiness::{Readiness, is_unsettled, readiness_as_found},
    },
};
use iriskit_state::{
    plan::{NotReadyState, Role},
    status::{MemberReport, PodStatus, WorkloadStatus},
};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    mirror::{MemberState, MirrorState, MirrorStatus, StatusAge},
    plan::live::Live,
};

/// What a set is lacking whose pods report the status of a mirror's member.
pub(super) fn mirror_problems(found: &Value, live: &Live, now: Timestamp) -> Vec<String> {
    if Object::new(found).kind() != "StatefulSet" {
        return Vec::new();
    }
    let pods = live.pods_of(found);
    let members = pods.iter().map(|pod| MemberState::of(pod, StatusAge::FreshAt(now))).collect();
    let state = MirrorState::of(found, members);
    let reports = |pod: &&Value| MirrorStatus::of_pod(pod).is_some();
    if !state.members.iter().any(|member| member.has_labeler) && !pods.iter().any(reports) {
        return Vec::new();
    }
    state.shortcomings().iter().map(ToString::to_string).collect()
}

/// How an object stands with its pods.
pub(super) fn workload_status(found: &Value, live: &Live, now: Timestamp) -> WorkloadStatus {
    let object = Object::new(found);
    let readable = live.why_no_pods(object.namespace().unwrap_or_default()).is_none();
    let pods = if readable { pods_of(found, live) } else { Vec::new() };
    let (not_ready, reason) = match readiness_as_found(found, readable.then_some(&pods)) {
        Readiness::Ready => (None, None),
        Readiness::Waiting(reason) if is_unsettled(found) => (Some(NotReadyState::Unsettled), Some(reason)),
        Readiness::Waiting(reason) => (Some(NotReadyState::Waiting), Some(reason)),
        Readiness::Failed(reason) => (Some(NotReadyState::Failed), Some(reason)),
    };
    WorkloadStatus {
        kind: object.kind().to_owned(),
        name: object.name().to_owned(),
        component: object.label(IRIS_COMPONENT).map(str::to_owned),
        not_ready,
        reason,
        pods: pods.into_iter().map(|pod| pod_status(pod, found, now)).collect(),
    }
}

/// The pods of an object besides itself.
fn pods_of<'a>(found: &Value, live: &'a Live) -> Vec<&'a Value> {
    if Object::new(found).kind() == "Pod" { Vec::new() } else { live.pods_of(found) }
}

fn pod_status(value: &Value, owner: &Value, now: Timestamp) -> PodStatus {
    let pod = Pod::new(value);
    let is_set = Object::new(owner).kind() == "StatefulSet";
    PodStatus {
        name: pod.name().to_owned(),
        ready: pod.is_healthy(),
        waiting: pod.waiting_reason().map(str::to_owned),
        role: match pod.label(MIRROR_ROLE) {
            Some("primary") => Some(Role::Primary),
            Some("backup") => Some(Role::Backup),
            _ => None,
        },
        mirror: MirrorStatus::of_pod(value).map(|status| MemberReport {
            age_seconds: now.as_second().saturating_sub(status.at.as_second()),
            at: status.at.to_string(),
            member_type: status.member_type,
            status: status.status,
            journal: status.journal,
        }),
        image: pod.spec().containers().next().and_then(Container::image).map(str::to_owned),
        restarts: pod.container_statuses().map(ContainerStatus::restart_count).sum(),
        outdated: is_set.then(|| StatefulSet::new(owner).is_outdated(pod)).flatten(),
    }
}
