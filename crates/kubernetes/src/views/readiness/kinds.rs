//! The table of kinds that are waited for, each with its rule. A further kind is one more row.

use serde_json::Value;

use super::{
    pod, stateful_set,
    subject::{Readiness, Subject, unobserved},
};
use crate::views::{object::Object, pod::Pod};

type Rule = fn(&Subject<'_>) -> Readiness;

/// What is not here is ready as soon as it is written.
const KINDS: [(&str, Rule); 5] = [
    ("StatefulSet", stateful_set::readiness),
    ("Deployment", deployment),
    ("DaemonSet", daemon_set),
    ("Job", job),
    ("Pod", pod::readiness),
];

/// Of these the status says of which generation it is.
const OBSERVED: [&str; 3] = ["StatefulSet", "Deployment", "DaemonSet"];

/// Whether apply waits until an object of this kind is ready.
pub fn is_waited_for(kind: &str) -> bool {
    rule(kind).is_some()
}

/// Looks at an object. `pods` are those that it controls; `generation` is the one that was written. `revisions` says
/// whether every pod has to be of the newest revision, which is not so under a manifest's own `OnDelete`.
pub fn readiness(object: &Value, pods: &[&Value], generation: i64, revisions: bool) -> Readiness {
    let object = Object::new(object);
    if object.is_terminating() {
        return Readiness::Failed("it is being deleted".to_owned());
    }
    if object.generation().is_some_and(|found| found < generation) {
        return Readiness::Waiting("the change is not visible yet".to_owned());
    }
    let Some(rule) = rule(object.kind()) else { return Readiness::Ready };
    let pods: Vec<Pod<'_>> = pods.iter().map(|pod| Pod::new(pod)).collect();
    rule(&Subject { object, pods: Some(&pods), revisions })
}

/// Looks at an object as it is found, whoever changed it last; of which revision its pods are does not count. `pods` are
/// those that it controls, `None` where they could not be read.
pub fn readiness_as_found(object: &Value, pods: Option<&[&Value]>) -> Readiness {
    if let Some(pods) = pods {
        return readiness(object, pods, 0, false);
    }
    let object = Object::new(object);
    let subject = Subject { object, pods: None, revisions: false };
    rule(object.kind()).map_or(Readiness::Ready, |rule| rule(&subject))
}

/// Whether the controller of an object has not seen its newest generation. Kinds whose status does not say which one it is
/// of are always settled.
pub fn is_unsettled(object: &Value) -> bool {
    let object = Object::new(object);
    OBSERVED.contains(&object.kind()) && !object.is_observed()
}

fn rule(kind: &str) -> Option<Rule> {
    KINDS.iter().find(|(named, _)| *named == kind).map(|(_, rule)| *rule)
}

fn deployment(subject: &Subject<'_>) -> Readiness {
    let deployment = subject.object;
    if let Some(waiting) = unobserved(deployment) {
        return waiting;
    }
    let progress = deployment.condition("Progressing");
    if let Some(late) = progress.filter(|progress| progress.reason() == Some("ProgressDeadlineExceeded")) {
        return Readiness::Failed(late.message().unwrap_or("its progress deadline has passed").to_owned());
    }
    let wanted = deployment.count(&["spec", "replicas"]).unwrap_or(1);
    let status = |count: &str| deployment.count(&["status", count]).unwrap_or_default();
    let (replicas, updated, available) = (status("replicas"), status("updatedReplicas"), status("availableReplicas"));
    // A roll that somebody paused is not waited for.
    let rolls = deployment.value().pointer("/spec/paused") != Some(&Value::Bool(true));
    if rolls && updated < wanted {
        return Readiness::Waiting(format!("{updated} of {wanted} pods updated{}", first_unready(subject)));
    }
    if rolls && replicas > updated {
        return Readiness::Waiting(format!("{} old pods are terminating", replicas - updated));
    }
    if available < wanted {
        return Readiness::Waiting(format!("{available} of {wanted} pods available{}", first_unready(subject)));
    }
    Readiness::Ready
}

/// What the first of the pods that are not ready waits for, to be said behind the counts.
fn first_unready(subject: &Subject<'_>) -> String {
    let mut unready = subject.pods.into_iter().flatten().filter(|pod| !pod.is_healthy());
    unready.next().map(|pod| format!("; {}", pod::pod_state(*pod))).unwrap_or_default()
}

fn daemon_set(subject: &Subject<'_>) -> Readiness {
    let set = subject.object;
    if let Some(waiting) = unobserved(set) {
        return waiting;
    }
    let status = |count: &str| set.count(&["status", count]).unwrap_or_default();
    let (wanted, updated) = (status("desiredNumberScheduled"), status("updatedNumberScheduled"));
    let on_delete = set.text(&["spec", "updateStrategy", "type"]) == Some("OnDelete");
    if updated < wanted && !on_delete {
        return Readiness::Waiting(format!("{updated} of {wanted} pods updated"));
    }
    let available = status("numberAvailable");
    if available < wanted {
        return Readiness::Waiting(format!("{available} of {wanted} pods available{}", first_unready(subject)));
    }
    Readiness::Ready
}

fn job(subject: &Subject<'_>) -> Readiness {
    let job = subject.object;
    if let Some(failed) = job.condition("Failed").filter(|failed| failed.is_true()) {
        return Readiness::Failed(failed.message().unwrap_or("the job failed").to_owned());
    }
    if job.is_true("Complete") {
        return Readiness::Ready;
    }
    let done = job.count(&["status", "succeeded"]).unwrap_or_default();
    let wanted = job.count(&["spec", "completions"]).unwrap_or(1);
    Readiness::Waiting(format!("{done} of {wanted} completions"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn waiting(text: &str) -> Readiness {
        Readiness::Waiting(text.to_owned())
    }

    #[test]
    fn kinds_without_a_rule_are_not_waited_for() {
        for (kind, waited) in
            [("StatefulSet", true), ("Job", true), ("PersistentVolumeClaim", false), ("Service", false)]
        {
            assert_eq!(is_waited_for(kind), waited, "{kind}");
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
                waiting("1 old pods are terminating"),
            ),
            ("Deployment", &two, seen(json!({"replicas": 2, "updatedReplicas": 1})), waiting("1 of 2 pods updated")),
            (
                "Deployment",
                &json!({"replicas": 2, "paused": true}),
                seen(json!({"replicas": 2, "availableReplicas": 2})),
                Readiness::Ready,
            ),
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
            ("Pod", &json!({}), json!({"phase": "Succeeded"}), Readiness::Ready),
            ("ConfigMap", &json!({}), json!({}), Readiness::Ready),
        ] {
            assert_eq!(of(kind, spec, &status), expected, "{kind} {status}");
        }
        for (kind, generation, observed, expected) in [
            ("Deployment", 2, json!(1), true),
            ("DaemonSet", 1, json!(null), true),
            ("StatefulSet", 2, json!(2), false),
            ("Job", 2, json!(null), false),
        ] {
            let object = json!({"kind": kind, "metadata": {"generation": generation}, "status": {"observedGeneration": observed}});
            assert_eq!(is_unsettled(&object), expected, "{object}");
        }
        let going = json!({"kind": "Deployment", "metadata": {"deletionTimestamp": "x"}});
        assert_eq!(readiness(&going, &[], 1, true), Readiness::Failed("it is being deleted".into()));
    }
}
