//! What others set on a StatefulSet to limit how Kubernetes rolls it. iriskit sends only the type of its
//! `updateStrategy`, so the rest is theirs and stays.

use iriskit_kubernetes::views::StatefulSet;
use serde_json::Value;

/// How far and how fast Kubernetes rolls a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Pods of a lower ordinal keep their revision.
    pub from: u64,
    /// How many pods restart at a time.
    pub at_once: u64,
}

impl Limits {
    /// Reads the set as it will be.
    pub(crate) fn of(set: &Value) -> Self {
        let set = StatefulSet::new(set);
        Self { from: set.first_rolled_ordinal(), at_once: set.max_unavailable() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn limits_are_read_as_the_controller_means_them() {
        for (strategy, from, at_once) in [
            (json!({"type": "RollingUpdate"}), 0, 1),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}), 0, 1),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}), 7, 1),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 3}}), 0, 3),
            // The controller rounds down, but never to none.
            (json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "50%"}}), 0, 2),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}}), 0, 1),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "0%"}}), 0, 1),
        ] {
            let set = json!({"spec": {"replicas": 5, "ordinals": {"start": 5}, "updateStrategy": strategy}});
            assert_eq!(Limits::of(&set), Limits { from, at_once }, "{set}");
        }
    }
}
