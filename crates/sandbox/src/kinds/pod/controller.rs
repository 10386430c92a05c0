//! Scheduler and node agent, played: pods get a node when their claims are bound, become ready a moment later, and are
//! gone a moment after their deletion.
//!
//! Annotations (or labels) of a pod change that, by the names that the tests with a real control plane use:
//! `iriskit-test/hold: "true"` runs but is not ready, `iriskit-test/fail: ImagePullBackOff|CrashLoopBackOff` fails,
//! `iriskit-test/delay: 2s` and `iriskit-test/stop-delay: 2s` take longer.

use std::time::Duration;

use serde_json::{Value, json};

use super::status::{self, Wanted};
use crate::{
    clock::Now,
    controllers::events::{self, Said},
    fields,
    key::{Key, Resource},
    world::{World, Writer},
};

const NODE: &str = "sandbox-node";

/// Looks at every pod.
pub(crate) fn reconcile(world: &mut World, now: Now) {
    for key in world.store.keys(Resource::PODS, None) {
        let Some(pod) = world.get(&key) else { continue };
        if fields::is_terminating(&pod) {
            stop(world, &key, &pod, now);
        } else if fields::text(&pod, "/spec/nodeName").is_empty() {
            schedule(world, &key, &pod, now);
        } else {
            run(world, &key, &pod, now);
        }
    }
}

/// What a test asked of a pod.
fn asked<'a>(pod: &'a Value, name: &str) -> &'a str {
    match fields::annotation(pod, name) {
        "" => fields::label(pod, name),
        text => text,
    }
}

fn asked_delay(pod: &Value, name: &str, default: Duration) -> Duration {
    let text = asked(pod, name);
    text.parse::<jiff::Span>().ok().and_then(|span| Duration::try_from(span).ok()).unwrap_or(default)
}

fn stop(world: &mut World, key: &Key, pod: &Value, now: Now) {
    let grace = fields::number(pod, "/metadata/deletionGracePeriodSeconds").unwrap_or_default();
    let delay = asked_delay(pod, "iriskit-test/stop-delay", world.timing.pod_gone);
    if grace > 0 && world.timers.passed(fields::uid(pod), "gone", delay, now.instant) {
        world.remove(key, None, Some(0), now);
    }
}

fn schedule(world: &mut World, key: &Key, pod: &Value, now: Now) {
    if let Some(problem) = unbound(world, key, pod) {
        let known = fields::items(pod, "/status/conditions")
            .iter()
            .any(|condition| condition.get("message") == Some(&json!(problem)));
        if !known {
            let condition = json!({
                "type": "PodScheduled",
                "status": "False",
                "reason": "Unschedulable",
                "message": problem,
                "lastProbeTime": null,
                "lastTransitionTime": now.seconds(),
            });
            world.update(key, &Writer { manager: "kube-scheduler", subresource: Some("status"), now }, |value| {
                fields::set(value, &["status", "conditions"], Some(json!([condition])));
            });
            let said = Said::warning("default-scheduler", "FailedScheduling", &problem);
            events::tell(world, pod, said, now);
        }
        return;
    }
    world.update(key, &Writer { manager: "kube-scheduler", subresource: None, now }, |value| {
        fields::set(value, &["spec", "nodeName"], Some(json!(NODE)));
        let condition = status::condition("PodScheduled", true, now);
        fields::set(value, &["status", "conditions"], Some(json!([condition])));
    });
}

/// Why a pod can't have a node yet.
fn unbound(world: &World, key: &Key, pod: &Value) -> Option<String> {
    for volume in fields::items(pod, "/spec/volumes") {
        let name = fields::text(volume, "/persistentVolumeClaim/claimName");
        if name.is_empty() {
            continue;
        }
        let none = |what: &str| {
            format!(
                "0/1 nodes are available: {what}. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
            )
        };
        match world.store.get(&Key::new(Resource::CLAIMS, &key.namespace, name)) {
            None => return Some(none(&format!("persistentvolumeclaim \"{name}\" not found"))),
            Some(claim) if fields::text(claim, "/status/phase") != "Bound" => {
                return Some(none("pod has unbound immediate PersistentVolumeClaims"));
            }
            Some(_) => {}
        }
    }
    None
}

fn run(world: &mut World, key: &Key, pod: &Value, now: Now) {
    if matches!(fields::text(pod, "/status/phase"), "Failed" | "Succeeded") {
        return;
    }
    let no_such_tag = fields::items(pod, "/spec/containers")
        .iter()
        .any(|container| fields::text(container, "/image").ends_with(":no-such-tag"));
    let wanted = match asked(pod, "iriskit-test/fail") {
        "ImagePullBackOff" => Wanted::ImagePullBackOff,
        "CrashLoopBackOff" => Wanted::CrashLoopBackOff,
        _ if no_such_tag => Wanted::ImagePullBackOff,
        _ if asked(pod, "iriskit-test/hold") == "true" => Wanted::Held,
        _ => Wanted::Ready,
    };
    if status::is(pod, wanted) {
        return;
    }
    if wanted == Wanted::Ready {
        let delay = asked_delay(pod, "iriskit-test/delay", world.timing.pod_ready);
        if !world.timers.passed(fields::uid(pod), "ready", delay, now.instant) {
            return;
        }
    }
    let said = status::status(pod, wanted, now);
    world.update(key, &Writer::kubelet(now), |value| fields::set(value, &["status"], Some(said)));
    match wanted {
        Wanted::ImagePullBackOff => {
            events::tell(world, pod, Said::warning("kubelet", "Failed", "Failed to pull image: not found"), now);
        }
        Wanted::CrashLoopBackOff => {
            let said = Said::warning("kubelet", "BackOff", "Back-off restarting failed container");
            events::tell(world, pod, said, now);
        }
        Wanted::Ready | Wanted::Held => {}
    }
}
