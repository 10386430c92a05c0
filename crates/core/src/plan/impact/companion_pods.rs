//! Pods of what is no StatefulSet: Deployments, DaemonSets, ReplicaSets, Jobs and bare Pods, which come into a plan as companions.

use iriskit_state::plan::{AllowanceName, Impact, ImpactClass, PodEffect, PodImpact, RuleId};
use serde_json::Value;

use crate::{
    mirror::is_ready,
    plan::{
        impact::{pod_template::template_of_kind_differs, predicted::Predicted},
        live::Live,
    },
};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Pod, Rollout, Workload},
};

/// Kinds whose pods serve somebody: that all go at once has to be allowed.
const SERVING: [&str; 5] = ["Deployment", "DaemonSet", "ReplicaSet", "ReplicationController", "Pod"];

/// What runs of an object.
struct Running<'a> {
    object: &'a ObjectRef,
    pods: Vec<Pod<'a>>,
    ready: u64,
    /// Why nobody knows its pods: then the counts are what its status says.
    unknown: bool,
}

impl<'a> Running<'a> {
    fn of(object: &'a ObjectRef, value: &'a Value, live: &'a Live) -> Self {
        let namespace = object.namespace.as_deref().unwrap_or_default();
        let workload = Workload::new(value);
        let all = live.pods_of(value).into_iter().map(Pod::new);
        let pods: Vec<Pod<'a>> = all.filter(|pod| !pod.has_ended() && !pod.is_terminating()).collect();
        let unknown = live.why_no_pods(namespace).is_some();
        let seen = pods.iter().filter(|pod| is_ready(pod.value())).count();
        let ready = if unknown { workload.ready_by_status() } else { u64::try_from(seen).unwrap_or(u64::MAX) };
        Self { object, pods, ready, unknown }
    }

    fn is_empty(&self) -> bool {
        self.pods.is_empty() && !self.unknown
    }

    fn names(&self) -> impl Iterator<Item = String> {
        self.pods.iter().map(|pod| pod.name().to_owned())
    }

    /// All pods, in no order.
    fn all(&self, effect: PodEffect, rule: RuleId, class: ImpactClass) -> Predicted {
        let pods = self.names().map(|pod| impact_of(pod, effect, rule)).collect();
        let impact = Impact { class, pods, unordered: true, rules: vec![rule], ..Impact::default() };
        Predicted { impact, ..Predicted::default() }
    }

    /// That no pod is left for a while, or for good; nothing where none serves.
    fn outage(&self, mut predicted: Predicted, reason: &str, sentence: String) -> Predicted {
        if self.ready > 0 && SERVING.contains(&self.object.kind.as_str()) {
            predicted.impact.class = ImpactClass::Outage;
            predicted.impact.unavailable.push(sentence);
            predicted.allowances.push((AllowanceName::Outage, format!("all pods of {} {reason}", self.object.name)));
        }
        predicted
    }
}

fn impact_of(pod: String, effect: PodEffect, rule: RuleId) -> PodImpact {
    PodImpact { pod, role: None, successor: None, effect, rule: Some(rule) }
}

/// What a change from `before` to `after` does.
pub(crate) fn of_update(object: &ObjectRef, before: &Value, after: &Value, live: &Live) -> Predicted {
    let running = Running::of(object, before, live);
    if !has_pods(&object.kind) || object.kind == "CronJob" || running.is_empty() {
        return Predicted::default();
    }
    if object.kind == "Pod" {
        return of_pod(&running, before, after);
    }
    let (then, now) = (Workload::new(before), Workload::new(after));
    let stops = object.kind == "Job" && now.is_held() && !then.is_held();
    let wanted = if stops { 0 } else { now.replicas() };
    if wanted == 0 && object.kind != "DaemonSet" {
        let predicted = running.all(PodEffect::Deleted, RuleId::WorkloadScaleDown, ImpactClass::Rolling);
        return running.outage(predicted, "go", format!("{} has no pods from then on.", object.name));
    }
    let goes_on = then.is_held() && then.has_outdated();
    let rolls = !now.is_held() && (goes_on || template_differs(object, before, after));
    match now.rollout() {
        Rollout::Rolling { max_unavailable } if rolls => rolled(&running, now, max_unavailable),
        Rollout::AtOnce if rolls => {
            let predicted = running.all(PodEffect::Restarts, RuleId::WorkloadRecreate, ImpactClass::Rolling);
            let sentence = format!(
                "All pods of {} stop before new ones are made: nothing answers until one is ready.",
                object.name
            );
            running.outage(predicted, "stop before new ones are made", sentence)
        }
        Rollout::Never if template_differs(object, before, after) => kept(&running, then, now),
        _ => fewer(&running, then, now),
    }
}

/// Another image restarts the containers of a Pod where they are.
fn of_pod(running: &Running<'_>, before: &Value, after: &Value) -> Predicted {
    let images = |pod: &Value| -> Vec<Option<String>> {
        Pod::new(pod).spec().all_containers().map(|container| container.image().map(str::to_owned)).collect()
    };
    if images(before) == images(after) {
        return Predicted::default();
    }
    let predicted = running.all(PodEffect::Restarts, RuleId::PodImage, ImpactClass::Rolling);
    let sentence = format!("Pod {} does not answer until its containers have restarted.", running.object.name);
    running.outage(predicted, "restart", sentence)
}

fn rolled(running: &Running<'_>, now: Workload<'_>, max_unavailable: u64) -> Predicted {
    let predicted = running.all(PodEffect::Restarts, RuleId::WorkloadRoll, ImpactClass::Rolling);
    let pods = if now.kind() == "DaemonSet" { running.ready.max(1) } else { now.replicas() };
    if max_unavailable < pods {
        return predicted;
    }
    let name = &running.object.name;
    let sentence =
        format!("All pods of {name} may be away at the same time: nothing answers until one is ready again.");
    running.outage(predicted, "may restart at the same time", sentence)
}

/// Pods keep the template that they were made from; some of them may go all the same.
fn kept(running: &Running<'_>, then: Workload<'_>, now: Workload<'_>) -> Predicted {
    let mut predicted = fewer(running, then, now);
    predicted.impact.left_outdated = running.names().collect();
    predicted
}

/// Pods that go without others in their place. Which ones is Kubernetes' choice.
fn fewer(running: &Running<'_>, then: Workload<'_>, now: Workload<'_>) -> Predicted {
    let (many, few) = (then.replicas(), now.replicas());
    if few >= many || now.kind() == "DaemonSet" {
        return Predicted::default();
    }
    let effect = format!("{} of {many} pods of {} go; Kubernetes chooses which.", many - few, running.object.name);
    let rules = vec![RuleId::WorkloadScaleDown];
    let impact = Impact { class: ImpactClass::Rolling, effects: vec![effect], rules, ..Impact::default() };
    Predicted { impact, ..Predicted::default() }
}

/// What deleting an object does to its pods.
pub(crate) fn of_deletion(object: &ObjectRef, before: &Value, live: &Live) -> Predicted {
    let running = Running::of(object, before, live);
    if !has_pods(&object.kind) || running.is_empty() {
        return Predicted::default();
    }
    let serves = running.ready > 0 && SERVING.contains(&object.kind.as_str());
    let class = if serves { ImpactClass::Outage } else { ImpactClass::Rolling };
    running.all(PodEffect::Deleted, RuleId::WorkloadDelete, class)
}

/// What has to be allowed to take an object away whose pods others still count on.
pub(crate) fn outage_of_removal(object: &ObjectRef, before: &Value, live: &Live) -> Option<(AllowanceName, String)> {
    let serves = SERVING.contains(&object.kind.as_str()) && Running::of(object, before, live).ready > 0;
    serves.then(|| (AllowanceName::Outage, format!("all pods of {} go for good", object.name)))
}

/// What deleting an object and making it again does to its pods.
pub(crate) fn of_replacement(object: &ObjectRef, before: &Value, live: &Live) -> Predicted {
    let running = Running::of(object, before, live);
    if !has_pods(&object.kind) || object.kind == "CronJob" || running.is_empty() {
        return Predicted::default();
    }
    let mut predicted = running.all(PodEffect::Restarts, RuleId::WorkloadDelete, ImpactClass::Rolling);
    if running.ready > 0 && SERVING.contains(&object.kind.as_str()) {
        let reason = format!("all pods of {} go before new ones are made", object.name);
        predicted.allowances.push((AllowanceName::Outage, reason));
    }
    predicted
}

fn has_pods(kind: &str) -> bool {
    SERVING.contains(&kind) || matches!(kind, "Job" | "CronJob")
}

fn template_differs(object: &ObjectRef, before: &Value, after: &Value) -> bool {
    template_of_kind_differs((&object.api_version, &object.kind), before, after)
}
