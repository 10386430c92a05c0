//! Whether an object is ready, from what the server says of it and its pods. Pure.

use serde_json::Value;

use iriskit_core::plan::{missing_in, rolled_from};

use super::target::{condition, is_ready_pod, is_terminating, is_true, items, name, number, ordinal, text};

/// Whether an object is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Readiness {
    /// It is.
    Ready,
    /// Not yet, and why.
    Waiting(String),
    /// It never will be.
    Failed(String),
}

/// Looks at an object. `pods` are those that it controls; `generation` is the one that was written. `revisions` says
/// whether every pod has to be of the newest revision, which is not so under a manifest's own `OnDelete`.
pub(super) fn readiness(object: &Value, pods: &[&Value], generation: i64, revisions: bool) -> Readiness {
    if is_terminating(object) {
        return Readiness::Failed("it is being deleted".to_owned());
    }
    if number(object, "/metadata/generation").unwrap_or(generation) < generation {
        return Readiness::Waiting("the change has not come back yet".to_owned());
    }
    match text(object, "/kind").unwrap_or_default() {
        "StatefulSet" => stateful_set(object, pods, revisions),
        "Deployment" => deployment(object),
        "DaemonSet" => daemon_set(object),
        "Job" => job(object),
        "Pod" => pod(object),
        "PersistentVolumeClaim" => claim(object),
        _ => Readiness::Ready,
    }
}

/// Ready when the controller has seen the change, every replica is updated, ready and available, and every pod's
/// revision is the newest. The status alone would not do: during a roll it looks finished for a moment, and with
/// `OnDelete` its revisions never meet.
fn stateful_set(set: &Value, pods: &[&Value], revisions: bool) -> Readiness {
    if !is_observed(set) {
        return Readiness::Waiting("the controller has not seen the change yet".to_owned());
    }
    let wanted = number(set, "/spec/replicas").unwrap_or(1);
    let status = |field: &str| number(set, &format!("/status/{field}")).unwrap_or_default();
    let revision = text(set, "/status/updateRevision").unwrap_or_default();
    let mut by_ordinal = pods.to_vec();
    by_ordinal.sort_by_key(|pod| ordinal(name(pod)));
    if let Some(leaving) = by_ordinal.iter().find(|pod| is_terminating(pod)) {
        return Readiness::Waiting(format!("pod {} is going", name(leaving)));
    }
    let count = i64::try_from(by_ordinal.len()).unwrap_or(i64::MAX);
    if count > wanted {
        return Readiness::Waiting(format!("{count} pods, {wanted} wanted"));
    }
    // Below a partition, which is never ours, Kubernetes leaves pods as they are.
    let lowest = rolled_from(set);
    let rolls = |pod: &&&Value| ordinal(name(pod)) >= lowest;
    let outdated: Vec<&str> =
        by_ordinal.iter().filter(rolls).filter(|pod| revision_of(pod) != Some(revision)).map(|pod| name(pod)).collect();
    if revisions && !outdated.is_empty() {
        return Readiness::Waiting(format!("{} on the old revision", outdated.join(", ")));
    }
    // Kubernetes says nothing of it in the status, and does nothing for the set any more.
    if let Some((pod, lacks)) = by_ordinal.iter().map(|pod| (pod, missing_in(set, pod))).find(|(_, l)| !l.is_empty()) {
        return Readiness::Waiting(format!("pod {} lacks the volume {}", name(pod), lacks.join(", ")));
    }
    if let Some(pod) = by_ordinal.iter().find(|pod| !is_ready_pod(pod)) {
        return Readiness::Waiting(format!("{} of {wanted} pods ready; {}", ready_count(&by_ordinal), pod_state(pod)));
    }
    if count < wanted {
        return Readiness::Waiting(format!("{count} of {wanted} pods made"));
    }
    let updated = if revisions && lowest == 0 { status("updatedReplicas") } else { wanted };
    let counts = [status("replicas"), status("readyReplicas"), status("availableReplicas"), updated];
    if counts.iter().any(|count| *count != wanted) {
        let ready = status("availableReplicas");
        return Readiness::Waiting(format!("{ready} of {wanted} pods available"));
    }
    Readiness::Ready
}

fn deployment(deployment: &Value) -> Readiness {
    if !is_observed(deployment) {
        return Readiness::Waiting("the controller has not seen the change yet".to_owned());
    }
    if let Some(progress) = condition(deployment, "Progressing")
        && text(progress, "/reason") == Some("ProgressDeadlineExceeded")
    {
        let message = text(progress, "/message").unwrap_or("its progress deadline has passed");
        return Readiness::Failed(message.to_owned());
    }
    let wanted = number(deployment, "/spec/replicas").unwrap_or(1);
    let status = |field: &str| number(deployment, &format!("/status/{field}")).unwrap_or_default();
    let (replicas, updated, available) = (status("replicas"), status("updatedReplicas"), status("availableReplicas"));
    if updated < wanted {
        return Readiness::Waiting(format!("{updated} of {wanted} pods updated"));
    }
    if replicas > updated {
        return Readiness::Waiting(format!("{} old pods are going", replicas - updated));
    }
    if available < wanted {
        return Readiness::Waiting(format!("{available} of {wanted} pods available"));
    }
    Readiness::Ready
}

fn daemon_set(set: &Value) -> Readiness {
    if !is_observed(set) {
        return Readiness::Waiting("the controller has not seen the change yet".to_owned());
    }
    let status = |field: &str| number(set, &format!("/status/{field}")).unwrap_or_default();
    let (wanted, updated) = (status("desiredNumberScheduled"), status("updatedNumberScheduled"));
    let on_delete = text(set, "/spec/updateStrategy/type") == Some("OnDelete");
    if updated < wanted && !on_delete {
        return Readiness::Waiting(format!("{updated} of {wanted} pods updated"));
    }
    let available = status("numberAvailable");
    if available < wanted {
        return Readiness::Waiting(format!("{available} of {wanted} pods available"));
    }
    Readiness::Ready
}

fn job(job: &Value) -> Readiness {
    if let Some(failed) = condition(job, "Failed").filter(|_| is_true(job, "Failed")) {
        return Readiness::Failed(text(failed, "/message").unwrap_or("the job failed").to_owned());
    }
    if is_true(job, "Complete") {
        return Readiness::Ready;
    }
    let done = number(job, "/status/succeeded").unwrap_or_default();
    let wanted = number(job, "/spec/completions").unwrap_or(1);
    Readiness::Waiting(format!("{done} of {wanted} completions"))
}

fn pod(pod: &Value) -> Readiness {
    match text(pod, "/status/phase") {
        Some("Succeeded") => Readiness::Ready,
        Some("Failed") => Readiness::Failed(pod_state(pod)),
        _ if is_ready_pod(pod) => Readiness::Ready,
        _ => Readiness::Waiting(pod_state(pod)),
    }
}

fn claim(claim: &Value) -> Readiness {
    match text(claim, "/status/phase") {
        Some("Bound") => Readiness::Ready,
        Some("Lost") => Readiness::Failed("its volume is lost".to_owned()),
        phase => Readiness::Waiting(phase.unwrap_or("Pending").to_owned()),
    }
}

fn is_observed(object: &Value) -> bool {
    let generation = number(object, "/metadata/generation").unwrap_or_default();
    number(object, "/status/observedGeneration").unwrap_or_default() >= generation
}

fn ready_count(pods: &[&Value]) -> usize {
    pods.iter().filter(|pod| is_ready_pod(pod)).count()
}

/// The revision that a pod was made from.
pub(super) fn revision_of(pod: &Value) -> Option<&str> {
    pod.pointer("/metadata/labels")?.get("controller-revision-hash")?.as_str()
}

/// What a pod is waiting for, in a few words.
pub(super) fn pod_state(pod: &Value) -> String {
    let name = name(pod);
    if is_terminating(pod) {
        return format!("{name} is going");
    }
    if let Some(scheduled) = condition(pod, "PodScheduled")
        && text(scheduled, "/status") == Some("False")
    {
        let why = text(scheduled, "/message").or_else(|| text(scheduled, "/reason")).unwrap_or("no node");
        return format!("{name} is not scheduled ({why})");
    }
    for container in container_statuses(pod) {
        let container_name = text(container, "/name").unwrap_or_default();
        if let Some(reason) = text(container, "/state/waiting/reason").filter(|reason| *reason != "PodInitializing") {
            return format!("{name}: container {container_name} {reason}");
        }
        if let Some(reason) = text(container, "/state/terminated/reason").filter(|reason| *reason != "Completed") {
            return format!("{name}: container {container_name} ended ({reason})");
        }
    }
    if let Some(not_ready) = container_statuses(pod)
        .find(|status| status.get("ready") == Some(&Value::Bool(false)) && status.pointer("/state/running").is_some())
    {
        return format!("{name}: container {} is not ready", text(not_ready, "/name").unwrap_or_default());
    }
    format!("{name} is {}", text(pod, "/status/phase").unwrap_or("Pending"))
}

/// Statuses of init containers, then of containers.
pub(super) fn container_statuses(pod: &Value) -> impl Iterator<Item = &Value> {
    items(pod, "/status/initContainerStatuses").iter().chain(items(pod, "/status/containerStatuses"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod_of(name: &str, revision: &str, ready: bool) -> Value {
        let status = if ready { "True" } else { "False" };
        json!({"kind": "Pod", "metadata": {"name": name, "labels": {"controller-revision-hash": revision}},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": status}]}})
    }

    fn set(generation: i64, observed: i64, replicas: i64, status: &Value) -> Value {
        let mut status = status.clone();
        status["observedGeneration"] = json!(observed);
        json!({"kind": "StatefulSet", "metadata": {"name": "s", "generation": generation},
            "spec": {"replicas": replicas}, "status": status})
    }

    fn green(replicas: i64) -> Value {
        json!({"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas,
            "updatedReplicas": replicas, "updateRevision": "new", "currentRevision": "old"})
    }

    fn look(set: &Value, pods: &[Value], revisions: bool) -> Readiness {
        let pods: Vec<&Value> = pods.iter().collect();
        readiness(set, &pods, 2, revisions)
    }

    fn waiting(text: &str) -> Readiness {
        Readiness::Waiting(text.to_owned())
    }

    #[test]
    fn a_stateful_set_is_ready_when_every_pod_is_new_and_available() {
        let pods = [pod_of("s-0", "new", true), pod_of("s-1", "new", true)];
        assert_eq!(look(&set(2, 2, 2, &green(2)), &pods, true), Readiness::Ready);
        assert_eq!(look(&set(2, 1, 2, &green(2)), &pods, true), waiting("the controller has not seen the change yet"));
        assert_eq!(look(&set(1, 1, 2, &green(2)), &pods, true), waiting("the change has not come back yet"));
        assert_eq!(look(&set(2, 2, 2, &green(2)), &pods[..1], true), waiting("1 of 2 pods made"));
        assert_eq!(look(&set(2, 2, 1, &green(1)), &pods, true), waiting("2 pods, 1 wanted"));
        let mut late = green(2);
        late["availableReplicas"] = json!(1);
        assert_eq!(look(&set(2, 2, 2, &late), &pods, true), waiting("1 of 2 pods available"));
        assert_eq!(look(&set(2, 2, 0, &json!({"replicas": 0, "availableReplicas": 0})), &[], true), Readiness::Ready);
    }

    #[test]
    fn a_green_status_with_old_pods_is_not_ready_but_under_on_delete() {
        let pods = [pod_of("s-1", "old", true), pod_of("s-0", "new", true)];
        let mut status = green(2);
        status["updatedReplicas"] = json!(1);
        assert_eq!(look(&set(2, 2, 2, &status), &pods, true), waiting("s-1 on the old revision"));
        assert_eq!(look(&set(2, 2, 2, &status), &pods, false), Readiness::Ready);
    }

    #[test]
    fn a_pod_that_goes_or_is_not_ready_is_named() {
        let mut going = pod_of("s-1", "new", true);
        going["metadata"]["deletionTimestamp"] = json!("2026-11-22T10:00:00Z");
        assert_eq!(
            look(&set(2, 2, 2, &green(2)), &[pod_of("s-0", "new", true), going], true),
            waiting("pod s-1 is going")
        );
        let pods = [pod_of("s-0", "new", true), pod_of("s-1", "new", false)];
        assert_eq!(look(&set(2, 2, 2, &green(2)), &pods, true), waiting("1 of 2 pods ready; s-1 is Running"));
    }

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
            assert_eq!(pod_state(&json!({"metadata": {"name": "p"}, "status": status})), expected);
        }
    }

    #[test]
    fn other_kinds() {
        let of = |kind: &str, spec: &Value, status: &Value| {
            readiness(
                &json!({"kind": kind, "metadata": {"generation": 1}, "spec": spec, "status": status}),
                &[],
                1,
                true,
            )
        };
        let two = json!({"replicas": 2});
        let seen = |mut status: Value| {
            status["observedGeneration"] = json!(1);
            status
        };
        for (kind, spec, status, expected) in [
            (
                "Deployment",
                &two,
                seen(json!({"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2})),
                Readiness::Ready,
            ),
            (
                "Deployment",
                &two,
                seen(json!({"replicas": 3, "updatedReplicas": 2, "availableReplicas": 2})),
                waiting("1 old pods are going"),
            ),
            ("Deployment", &two, seen(json!({"replicas": 2, "updatedReplicas": 1})), waiting("1 of 2 pods updated")),
            (
                "Deployment",
                &two,
                seen(
                    json!({"conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "late"}]}),
                ),
                Readiness::Failed("late".into()),
            ),
            (
                "DaemonSet",
                &json!({}),
                seen(json!({"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1})),
                waiting("1 of 2 pods available"),
            ),
            ("Job", &json!({}), json!({"conditions": [{"type": "Complete", "status": "True"}]}), Readiness::Ready),
            (
                "Job",
                &json!({}),
                json!({"conditions": [{"type": "Failed", "status": "True", "message": "backoff"}]}),
                Readiness::Failed("backoff".into()),
            ),
            ("PersistentVolumeClaim", &json!({}), json!({"phase": "Bound"}), Readiness::Ready),
            (
                "PersistentVolumeClaim",
                &json!({}),
                json!({"phase": "Lost"}),
                Readiness::Failed("its volume is lost".into()),
            ),
            ("Pod", &json!({}), json!({"phase": "Succeeded"}), Readiness::Ready),
            ("ConfigMap", &json!({}), json!({}), Readiness::Ready),
        ] {
            assert_eq!(of(kind, spec, &status), expected, "{kind} {status}");
        }
        let going = json!({"kind": "Deployment", "metadata": {"deletionTimestamp": "x"}});
        assert_eq!(readiness(&going, &[], 1, true), Readiness::Failed("it is being deleted".into()));
    }
}
