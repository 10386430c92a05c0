//! Who keeps a claim: pods that mount it, and StatefulSets that would make such pods. As long as one of them stays, the claim
//! is not deleted: a database would go on without its volume, or come back on an empty one.

use std::collections::BTreeSet;

use serde_json::Value;

use iriskit_kubernetes::views::{OwnerReference, Pod, StatefulSet};

/// What a plan takes away, by uid.
#[derive(Debug, Default)]
pub struct Going {
    uids: BTreeSet<String>,
    /// Names of Deployments, whose pods say only the names.
    deployments: BTreeSet<String>,
}

impl Going {
    /// Adds an object of the namespace that is looked at.
    pub fn add(&mut self, kind: &str, name: &str, uid: &str) {
        self.uids.insert(uid.to_owned());
        if kind == "Deployment" {
            self.deployments.insert(name.to_owned());
        }
    }

    fn has(&self, uid: Option<&str>) -> bool {
        uid.is_some_and(|uid| self.uids.contains(uid))
    }

    /// Whether a pod goes: by itself, or with what controls it.
    fn takes(&self, pod: Pod<'_>) -> bool {
        let controller = pod.controller().and_then(OwnerReference::uid);
        self.has(pod.uid())
            || self.has(controller)
            || pod.deployment().is_some_and(|deployment| self.deployments.contains(deployment))
    }
}

/// The first of these pods and StatefulSets, all of the claim's namespace, that uses a claim and does not go: in words.
pub fn user_that_stays<'a>(
    claim: &str,
    pods: impl IntoIterator<Item = &'a Value>,
    sets: impl IntoIterator<Item = &'a Value>,
    going: &Going,
) -> Option<String> {
    let set = sets.into_iter().map(StatefulSet::new).find(|set| !going.has(set.uid()) && asks_for(*set, claim));
    if let Some(set) = set {
        return Some(format!("StatefulSet {}, which stays, uses it", set.name()));
    }
    let mounts = |pod: &Pod<'_>| {
        let leaves = pod.is_terminating() || pod.has_ended() || going.takes(*pod);
        !leaves && pod.claims().any(|mounted| mounted == claim)
    };
    let pod = pods.into_iter().map(Pod::new).find(mounts)?;
    Some(format!("pod {}, which stays, mounts it", pod.name()))
}

/// Whether a pod of the set has, or with more replicas would have, a claim of this name.
fn asks_for(set: StatefulSet<'_>, claim: &str) -> bool {
    set.claim_templates().into_iter().any(|template| {
        let pod = claim.strip_prefix(template.name()).and_then(|rest| rest.strip_prefix('-'));
        pod.is_some_and(|pod| set.ordinal_of(pod).is_some())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(name: &str, metadata: &Value, phase: &str) -> Value {
        let mut pod = json!({"metadata": metadata, "status": {"phase": phase},
            "spec": {"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "d-s-0"}}]}});
        pod["metadata"]["name"] = json!(name);
        pod
    }

    fn set(name: &str, uid: &str) -> Value {
        json!({"metadata": {"name": name, "uid": uid}, "spec": {"volumeClaimTemplates": [{"metadata": {"name": "d"}}]}})
    }

    #[test]
    fn whoever_stays_keeps_a_claim() {
        let mut going = Going::default();
        going.add("StatefulSet", "s", "set-1");
        going.add("Deployment", "web", "deployment-1");
        let owned = |kind: &str, name: &str, uid: &str, hash: &str| {
            json!({"uid": "p", "labels": {"pod-template-hash": hash},
                "ownerReferences": [{"kind": kind, "name": name, "uid": uid, "controller": true}]})
        };
        let running = |metadata: Value| pod("p", &metadata, "Running");
        for (pods, sets, keeper) in [
            (vec![], vec![], None),
            (vec![running(owned("StatefulSet", "s", "set-1", ""))], vec![set("s", "set-1")], None),
            // The same set under another uid is one that stays.
            (vec![], vec![set("s", "set-2")], Some("StatefulSet s, which stays, uses it")),
            (vec![], vec![set("s-0", "set-2")], None),
            (vec![running(owned("StatefulSet", "s", "set-2", ""))], vec![], Some("pod p, which stays, mounts it")),
            (vec![running(json!({"uid": "p"}))], vec![], Some("pod p, which stays, mounts it")),
            (vec![running(json!({"uid": "set-1"}))], vec![], None),
            (vec![running(json!({"uid": "p", "deletionTimestamp": "2026-01-01T00:00:00Z"}))], vec![], None),
            (vec![pod("p", &json!({"uid": "p"}), "Succeeded")], vec![], None),
            (vec![running(owned("ReplicaSet", "web-5f", "r", "5f"))], vec![], None),
            (vec![running(owned("ReplicaSet", "web-5f", "r", "5"))], vec![], Some("pod p, which stays, mounts it")),
            (vec![running(owned("ReplicaSet", "other-5f", "r", "5f"))], vec![], Some("pod p, which stays, mounts it")),
        ] {
            assert_eq!(user_that_stays("d-s-0", &pods, &sets, &going).as_deref(), keeper, "{pods:?} {sets:?}");
        }
    }
}
