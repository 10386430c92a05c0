//! Pods.

use serde_json::Value;

use super::{
    container::ContainerStatus,
    object::{Object, view},
    owner::OwnerReference,
    pod_spec::PodSpec,
    selector::LabelSelector,
};
use crate::names::{CONTROLLER_REVISION_HASH, POD_TEMPLATE_HASH};

view! {
    /// A pod.
    Pod
}

/// How far a pod came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Not every container was started yet.
    Pending,
    /// Every container was started.
    Running,
    /// Every container ended well and none is started again.
    Succeeded,
    /// Every container ended, not all of them well, and none is started again.
    Failed,
    /// Its node does not report.
    Unknown,
}

impl Phase {
    /// Kubernetes' word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }
}

impl<'a> Pod<'a> {
    /// `spec`; empty where there is none.
    pub fn spec(self) -> PodSpec<'a> {
        PodSpec::new(self.at(&["spec"]).unwrap_or(&Value::Null))
    }

    /// Its phase. A new pod is `Pending` as the server stores it, so a pod without a phase is, too.
    pub fn phase(self) -> Phase {
        match self.text(&["status", "phase"]) {
            None | Some("Pending") => Phase::Pending,
            Some("Running") => Phase::Running,
            Some("Succeeded") => Phase::Succeeded,
            Some("Failed") => Phase::Failed,
            Some(_) => Phase::Unknown,
        }
    }

    /// Whether it ended for good: a StatefulSet makes it again, and its claims are no longer in use.
    pub fn has_ended(self) -> bool {
        matches!(self.phase(), Phase::Succeeded | Phase::Failed)
    }

    /// Whether its condition `Ready` is true. A pod on its way out may be ready still, and `status.readyReplicas` counts
    /// it; for "it serves and goes on serving" see [`Self::is_healthy`].
    pub fn is_ready(self) -> bool {
        self.is_true("Ready")
    }

    /// Whether it is ready and not on its way out: the StatefulSet controller waits for that before it goes on to the
    /// next pod, and a Service sends to no other pods.
    pub fn is_healthy(self) -> bool {
        self.is_ready() && !self.is_terminating()
    }

    /// Whether nothing is lost with it: it ended for good, none of its containers was started yet, or one waits for what
    /// patience rarely cures. A pod that runs without being ready may still get so.
    pub fn is_stuck(self) -> bool {
        let started = || self.container_statuses().any(ContainerStatus::is_running);
        let cannot_start = |status: ContainerStatus<'_>| status.waiting_reason().is_some_and(is_lasting);
        self.has_ended()
            || self.phase() == Phase::Pending && !started()
            || self.all_container_statuses().any(cannot_start)
    }

    /// The revision that it was made from, by the label that its controller gave it.
    pub fn revision(self) -> Option<&'a str> {
        self.label(CONTROLLER_REVISION_HASH)
    }

    /// The name of the Deployment whose it is, if any: between them stands a ReplicaSet, which is called after the Deployment and
    /// the hash of its template, and which nobody reads.
    pub fn deployment(self) -> Option<&'a str> {
        let set = self.controller().filter(|owner| owner.kind() == "ReplicaSet")?;
        let hash = self.label(POD_TEMPLATE_HASH).filter(|hash| !hash.is_empty())?;
        set.name().strip_suffix(hash)?.strip_suffix('-')
    }

    /// Whether it is one of the pods of an object: its controller, what controls that, or itself. Pods that an earlier Deployment of
    /// the name left may not fit the selector, and are nobody's.
    pub fn is_of(self, object: Object<'_>) -> bool {
        let is_uid = |uid: Option<&str>| uid.is_some() && uid == object.uid();
        match object.kind() {
            "Pod" => is_uid(self.uid()),
            "Deployment" => {
                let selector = LabelSelector::new(object.value().pointer("/spec/selector"));
                self.deployment() == Some(object.name()) && selector.matches(*self)
            }
            "CronJob" => {
                let job = self.controller().filter(|owner| owner.kind() == "Job");
                let number = job.and_then(|job| job.name().strip_prefix(object.name()));
                number.is_some_and(|number| number.starts_with('-'))
            }
            _ => is_uid(self.controller().and_then(OwnerReference::uid)),
        }
    }

    /// The number at the end of its name; `None` for a name that ends in none. Whether the pod is one of a set only the
    /// set can tell: [`super::StatefulSet::ordinal_of`].
    pub fn ordinal(self) -> Option<u64> {
        let (_, digits) = self.name().rsplit_once('-')?;
        ordinal(digits)
    }

    /// The names of the claims that it mounts.
    pub fn claims(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.spec().claims()
    }

    /// Statuses of its containers.
    pub fn container_statuses(self) -> impl Iterator<Item = ContainerStatus<'a>> + use<'a> {
        self.items(&["status", "containerStatuses"]).iter().map(ContainerStatus::new)
    }

    /// Statuses of its init containers, then of its containers.
    pub fn all_container_statuses(self) -> impl Iterator<Item = ContainerStatus<'a>> + use<'a> {
        let init = self.items(&["status", "initContainerStatuses"]).iter().map(ContainerStatus::new);
        init.chain(self.container_statuses())
    }

    /// The status of one container, no init container.
    pub fn container_status(self, name: &str) -> Option<ContainerStatus<'a>> {
        self.container_statuses().find(|status| status.name() == name)
    }

    /// Why the first of its containers that wait is waiting.
    pub fn waiting_reason(self) -> Option<&'a str> {
        self.all_container_statuses().find_map(ContainerStatus::waiting_reason)
    }
}

/// Whether a container that waits for this reason will hardly be started by waiting.
fn is_lasting(reason: &str) -> bool {
    reason == "CrashLoopBackOff" || CANNOT_START.contains(&reason)
}

/// Reasons for which a container can't be started that no patience cures.
pub const CANNOT_START: [&str; 7] = [
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
];

/// Reads an ordinal as Kubernetes does: digits and nothing else.
pub(super) fn ordinal(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn phases() {
        for (status, phase, ended) in [
            (json!({}), Phase::Pending, false),
            (json!({"phase": "Pending"}), Phase::Pending, false),
            (json!({"phase": "Running"}), Phase::Running, false),
            (json!({"phase": "Succeeded"}), Phase::Succeeded, true),
            (json!({"phase": "Failed"}), Phase::Failed, true),
            (json!({"phase": "Unknown"}), Phase::Unknown, false),
        ] {
            let value = json!({"status": status});
            assert_eq!((Pod::new(&value).phase(), Pod::new(&value).has_ended()), (phase, ended), "{status}");
        }
    }

    #[test]
    fn a_pod_on_its_way_out_is_ready_but_not_healthy() {
        for (ready, going, expected) in
            [("True", false, (true, true)), ("True", true, (true, false)), ("False", false, (false, false))]
        {
            let mut value = json!({"metadata": {}, "status": {"conditions": [{"type": "Ready", "status": ready}]}});
            if going {
                value["metadata"]["deletionTimestamp"] = json!("2026-11-22T10:00:00Z");
            }
            let pod = Pod::new(&value);
            assert_eq!((pod.is_ready(), pod.is_healthy()), expected, "{value}");
        }
        assert!(!Pod::new(&json!({})).is_ready());
    }

    #[test]
    fn pods_are_of_what_made_them() {
        let owned = |kind: &str, name: &str, uid: &str| {
            json!({"metadata": {"name": "p", "uid": "p", "labels": {"pod-template-hash": "5d9", "app": "d"},
                "ownerReferences": [{"kind": kind, "name": name, "uid": uid, "controller": true}]}})
        };
        let deployment = json!({"kind": "Deployment", "metadata": {"name": "d", "uid": "u"},
            "spec": {"selector": {"matchLabels": {"app": "d"}}}});
        let (mut unhashed, mut unlike) = (owned("ReplicaSet", "d-5d9", "r"), owned("ReplicaSet", "d-5d9", "r"));
        unhashed["metadata"]["labels"]["pod-template-hash"] = json!("x");
        unlike["metadata"]["labels"]["app"] = json!("e");
        for (pod, object, expected) in [
            (
                owned("StatefulSet", "s", "u"),
                json!({"kind": "StatefulSet", "metadata": {"name": "s", "uid": "u"}}),
                true,
            ),
            (
                owned("StatefulSet", "s", "v"),
                json!({"kind": "StatefulSet", "metadata": {"name": "s", "uid": "u"}}),
                false,
            ),
            (owned("ReplicaSet", "d-5d9", "r"), deployment.clone(), true),
            (owned("ReplicaSet", "d-x-5d9", "r"), deployment.clone(), false),
            (unhashed, deployment.clone(), false),
            (unlike, deployment.clone(), false),
            (owned("StatefulSet", "d-5d9", "r"), deployment, false),
            (owned("Job", "c-29", "j"), json!({"kind": "CronJob", "metadata": {"name": "c", "uid": "u"}}), true),
            (json!({"metadata": {}}), json!({"kind": "Pod", "metadata": {}}), false),
            (json!({"metadata": {"uid": "p"}}), json!({"kind": "Pod", "metadata": {"uid": "p"}}), true),
        ] {
            assert_eq!(Pod::new(&pod).is_of(Object::new(&object)), expected, "{pod} {object}");
        }
    }

    #[test]
    fn a_pod_is_stuck_when_nothing_is_lost_with_it() {
        let running = json!({"name": "iris", "state": {"running": {}}});
        let waiting = |reason: &str| json!({"name": "iris", "state": {"waiting": {"reason": reason}}});
        for (phase, container, expected) in [
            ("Pending", json!({}), true),
            ("Pending", waiting("ContainerCreating"), true),
            ("Running", waiting("CrashLoopBackOff"), true),
            ("Running", waiting("ContainerCreating"), false),
            ("Running", running.clone(), false),
            ("Pending", running.clone(), false),
            ("Failed", running, true),
        ] {
            let pod = json!({"status": {"phase": phase, "containerStatuses": [container]}});
            assert_eq!(Pod::new(&pod).is_stuck(), expected, "{pod}");
        }
    }

    #[test]
    fn ordinals_are_digits_at_the_end_of_the_name() {
        for (name, expected) in [
            ("c-data-0-1", Some(1)),
            ("c-10", Some(10)),
            ("c-", None),
            ("c-x1", None),
            ("c", None),
            ("1", None),
            ("c-+1", None),
            ("", None),
        ] {
            assert_eq!(Pod::new(&json!({"metadata": {"name": name}})).ordinal(), expected, "{name}");
        }
    }

    #[test]
    fn containers_say_why_they_wait() {
        let value = json!({"status": {
        "initContainerStatuses": [{"name": "init", "state": {"terminated": {"reason": "Completed"}}}],
        "containerStatuses": [
            {"name": "iris", "ready": false, "restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"reason": "Error", "exitCode": 1}}},
            {"name": "side", "state": {"running": {}}},
        ]}});
        let pod = Pod::new(&value);
        assert_eq!(pod.waiting_reason(), Some("CrashLoopBackOff"));
        assert_eq!(pod.all_container_statuses().count(), 3);
        let iris = pod.container_status("iris").unwrap();
        assert_eq!((iris.ready(), iris.restart_count(), iris.last_exit_code()), (Some(false), 2, Some(1)));
        assert_eq!(iris.last_terminated_reason(), Some("Error"));
        assert!(iris.is_waiting() && !iris.is_running() && iris.has_terminated_before());
        assert_eq!(pod.container_status("init"), None);
    }
}
