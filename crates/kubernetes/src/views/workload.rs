//! What Deployments, DaemonSets, ReplicaSets, Jobs and bare Pods have in common: pods whose names nobody can promise.

use serde_json::Value;

use super::{object::view, pod_spec::PodTemplate};

view! {
    /// A Deployment, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob or Pod.
    Workload
}

/// How a Deployment or DaemonSet comes to a new template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rollout {
    /// So many pods may be away at a time.
    Rolling {
        /// The largest number of pods that are away.
        max_unavailable: u64,
    },
    /// All pods stop before the first new one is made.
    AtOnce,
    /// Nobody brings them there: pods keep the template that they were made from.
    Never,
}

impl<'a> Workload<'a> {
    /// How many pods it wants; 1 where it does not say. A DaemonSet wants one for each node that it counts.
    pub fn replicas(self) -> u64 {
        match self.kind() {
            "DaemonSet" => self.count(&["status", "desiredNumberScheduled"]).unwrap_or_default(),
            "Job" => self.count(&["spec", "parallelism"]).unwrap_or(1),
            "Pod" => 1,
            _ => self.count(&["spec", "replicas"]).unwrap_or(1),
        }
    }

    /// How many of its pods are ready, as its controller says.
    pub fn ready_by_status(self) -> u64 {
        let count = match self.kind() {
            "DaemonSet" => "numberReady",
            "Job" => "ready",
            _ => "readyReplicas",
        };
        self.count(&["status", count]).unwrap_or_default()
    }

    /// The template of its pods; empty where there is none.
    pub fn template(self) -> PodTemplate<'a> {
        PodTemplate::new(self.at(&["spec", "template"]).unwrap_or(&Value::Null))
    }

    /// Whether its pods may be stopped for now: a paused Deployment rolls nothing, a suspended Job has no pods.
    pub fn is_held(self) -> bool {
        let field = if self.kind() == "Job" { "suspend" } else { "paused" };
        self.at(&["spec", field]) == Some(&Value::Bool(true))
    }

    /// Whether some of its pods are not of its template yet, as its controller says.
    pub fn has_outdated(self) -> bool {
        let count = |name: &str| self.count(&["status", name]);
        count("updatedReplicas").unwrap_or_default() < count("replicas").unwrap_or_default()
    }

    /// How its pods come to a new template.
    pub fn rollout(self) -> Rollout {
        let (field, resting) = match self.kind() {
            "Deployment" => ("strategy", "Recreate"),
            "DaemonSet" => ("updateStrategy", "OnDelete"),
            _ => return Rollout::Never,
        };
        if self.text(&["spec", field, "type"]) == Some(resting) {
            return if resting == "Recreate" { Rollout::AtOnce } else { Rollout::Never };
        }
        let amount = |name: &str| self.at(&["spec", field, "rollingUpdate", name]);
        let pods = self.replicas();
        let (default, least) = if self.kind() == "DaemonSet" { ("1", 1) } else { ("25%", 0) };
        let default = Value::from(default);
        let unavailable = scaled(amount("maxUnavailable").unwrap_or(&default), pods, false).max(least);
        let surge = scaled(amount("maxSurge").unwrap_or(&default), pods, true);
        // Both may not be nothing: then one pod goes at a time.
        let none = unavailable == 0 && surge == 0;
        let surges =
            self.kind() == "DaemonSet" && amount("maxSurge").is_some_and(|amount| scaled(amount, pods, true) > 0);
        Rollout::Rolling {
            max_unavailable: if none {
                1
            } else if surges {
                0
            } else {
                unavailable
            },
        }
    }
}

/// A number, or a percentage of all.
fn scaled(amount: &Value, all: u64, up: bool) -> u64 {
    if let Some(number) = amount.as_u64() {
        return number;
    }
    let text = amount.as_str().unwrap_or_default();
    let Some(percent) = text.strip_suffix('%').and_then(|percent| percent.parse::<u64>().ok()) else {
        return text.parse().unwrap_or_default();
    };
    let share = all.saturating_mul(percent);
    if up { share.div_ceil(100) } else { share / 100 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rollouts_are_limited_as_kubernetes_means_it() {
        let rolling = |max_unavailable| Rollout::Rolling { max_unavailable };
        for (kind, replicas, strategy, expected) in [
            ("Deployment", 1, json!({}), rolling(0)),
            ("Deployment", 4, json!({}), rolling(1)),
            ("Deployment", 2, json!({"rollingUpdate": {"maxUnavailable": 2}}), rolling(2)),
            ("Deployment", 2, json!({"rollingUpdate": {"maxUnavailable": "100%"}}), rolling(2)),
            ("Deployment", 1, json!({"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 0}}), rolling(1)),
            ("Deployment", 2, json!({"type": "Recreate"}), Rollout::AtOnce),
            ("ReplicaSet", 2, json!({}), Rollout::Never),
        ] {
            let value = json!({"kind": kind, "spec": {"replicas": replicas, "strategy": strategy}});
            assert_eq!(Workload::new(&value).rollout(), expected, "{value}");
        }
        for (nodes, strategy, expected) in [
            (1, json!({}), rolling(1)),
            (8, json!({"rollingUpdate": {"maxUnavailable": "50%"}}), rolling(4)),
            (8, json!({"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}), rolling(0)),
            (2, json!({"type": "OnDelete"}), Rollout::Never),
        ] {
            let value = json!({"kind": "DaemonSet", "spec": {"updateStrategy": strategy},
                "status": {"desiredNumberScheduled": nodes}});
            assert_eq!(Workload::new(&value).rollout(), expected, "{value}");
        }
    }
}
