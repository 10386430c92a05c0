//! The status of a pod, as a node agent writes it.

use serde_json::{Value, json};

use crate::{clock::Now, fields};

/// What becomes of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Runs and is ready.
    Ready,
    /// Runs and is not ready.
    Held,
    /// Its image can't be pulled.
    ImagePullBackOff,
    /// Its containers end again and again.
    CrashLoopBackOff,
}

impl Wanted {
    fn waiting(self) -> Option<&'static str> {
        match self {
            Self::ImagePullBackOff => Some("ImagePullBackOff"),
            Self::CrashLoopBackOff => Some("CrashLoopBackOff"),
            Self::Ready | Self::Held => None,
        }
    }
}

/// Whether the pod's status says this already.
pub(super) fn is(pod: &Value, wanted: Wanted) -> bool {
    let ready = fields::items(pod, "/status/conditions")
        .iter()
        .find(|condition| condition.get("type") == Some(&json!("Ready")))
        .map(|condition| fields::text(condition, "/status") == "True");
    let waiting = fields::items(pod, "/status/containerStatuses")
        .iter()
        .find_map(|status| status.pointer("/state/waiting/reason").and_then(Value::as_str));
    ready == Some(wanted == Wanted::Ready) && waiting == wanted.waiting()
}

/// A condition that became what it is now.
pub(super) fn condition(kind: &str, holds: bool, now: Now) -> Value {
    let status = if holds { "True" } else { "False" };
    json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": now.seconds()})
}

/// The whole status.
pub(super) fn status(pod: &Value, wanted: Wanted, now: Now) -> Value {
    let stamp = now.seconds();
    let started = match fields::text(pod, "/status/startTime") {
        "" => stamp.as_str(),
        started => started,
    };
    let ready = wanted == Wanted::Ready;
    let mut conditions: Vec<Value> = fields::items(pod, "/status/conditions")
        .iter()
        .filter(|known| known.get("type") == Some(&json!("PodScheduled")))
        .cloned()
        .collect();
    conditions.extend(
        [("Initialized", true), ("Ready", ready), ("ContainersReady", ready)]
            .map(|(kind, holds)| condition(kind, holds, now)),
    );
    let phase = if wanted == Wanted::ImagePullBackOff { "Pending" } else { "Running" };
    let mut status = json!({
        "phase": phase,
        "startTime": started,
        "conditions": conditions,
        "containerStatuses": containers(pod, "/spec/containers", wanted, now),
        "hostIP": "10.244.0.1",
    });
    let sidecars = containers(pod, "/spec/initContainers", wanted, now);
    if !sidecars.is_empty() {
        fields::set(&mut status, &["initContainerStatuses"], Some(Value::Array(sidecars)));
    }
    if let Some(class) = pod.pointer("/status/qosClass") {
        fields::set(&mut status, &["qosClass"], Some(class.clone()));
    }
    if phase == "Running" {
        let address = address(pod);
        fields::set(&mut status, &["podIP"], Some(json!(address)));
        fields::set(&mut status, &["podIPs"], Some(json!([{"ip": address}])));
    }
    status
}

fn containers(pod: &Value, pointer: &str, wanted: Wanted, now: Now) -> Vec<Value> {
    let stamp = now.seconds();
    let one = |container: &Value| {
        let image = fields::text(container, "/image");
        let is_init = pointer.ends_with("initContainers");
        let runs_on = !is_init || fields::text(container, "/restartPolicy") == "Always";
        let mut status = json!({
            "name": fields::text(container, "/name"),
            "image": image,
            "imageID": "",
            "ready": wanted == Wanted::Ready || is_init,
            "started": wanted.waiting().is_none(),
            "restartCount": 0,
        });
        let state = match wanted {
            _ if !runs_on => {
                json!({"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": stamp, "finishedAt": stamp}})
            }
            Wanted::Ready | Wanted::Held => json!({"running": {"startedAt": stamp}}),
            Wanted::ImagePullBackOff => {
                json!({"waiting": {"reason": "ImagePullBackOff", "message": format!("Back-off pulling image \"{image}\"")}})
            }
            Wanted::CrashLoopBackOff => {
                fields::set(&mut status, &["restartCount"], Some(json!(3)));
                let last = json!({"exitCode": 1, "reason": "Error", "startedAt": stamp, "finishedAt": stamp});
                fields::set(&mut status, &["lastState"], Some(json!({"terminated": last})));
                json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting failed container"}})
            }
        };
        fields::set(&mut status, &["state"], Some(state));
        status
    };
    fields::items(pod, pointer).iter().map(one).collect()
}

/// An address out of the pod's uid: stable, and different enough.
fn address(pod: &Value) -> String {
    let sum = fields::uid(pod).bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("10.244.{}.{}", (sum >> 8) & 0xff, (sum & 0xff).clamp(2, 254))
}
