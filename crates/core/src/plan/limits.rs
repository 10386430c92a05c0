//! What others set on a StatefulSet to limit how Kubernetes rolls it. iriskit sends only the type of its
//! `updateStrategy`, so the rest is theirs and stays.

use iriskit_kubernetes::views::StatefulSet;
use serde_json::Value;

/// How far and how fast Kubernetes rolls a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Pods of a lower ordinal keep their revision.
    pub from: u64,
    /// How many pods restart at a time.
    pub at_once: u64,
}

impl Limits {
    /// Reads the set as it will be.
    pub(super) fn of(set: &Value) -> Self {
        let rolling = set.pointer("/spec/updateStrategy/rollingUpdate");
        let replicas = StatefulSet::new(set).replicas();
        let at_once = rolling.and_then(|rolling| rolling.get("maxUnavailable")).and_then(|most| count(most, replicas));
        Self { from: rolled_from(set), at_once: at_once.unwrap_or(1).max(1) }
    }
}

/// The lowest ordinal that Kubernetes brings to a new revision of the set.
pub(super) fn rolled_from(set: &Value) -> u64 {
    StatefulSet::new(set).first_rolled_ordinal()
}

/// A number, or a percentage of the replicas; of a part of a pod the whole one.
fn count(most: &Value, replicas: u64) -> Option<u64> {
    if let Some(number) = most.as_u64() {
        return Some(number);
    }
    let percent: u64 = most.as_str()?.strip_suffix('%')?.parse().ok()?;
    Some(replicas.saturating_mul(percent).div_ceil(100))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn limits_are_read_as_kubernetes_means_them() {
        for (strategy, from, at_once) in [
            (json!({"type": "RollingUpdate"}), 0, 1),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}), 0, 1),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}), 7, 1),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 3}}), 0, 3),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}}), 0, 2),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "0%"}}), 0, 1),
        ] {
            let set = json!({"spec": {"replicas": 5, "ordinals": {"start": 5}, "updateStrategy": strategy}});
            assert_eq!(Limits::of(&set), Limits { from, at_once }, "{set}");
        }
    }
}
