//! StatefulSets: their pods by ordinal, how they are brought to a new revision, and their claims.

use std::ops::Range;

use serde_json::Value;

use super::{
    claim::Claim,
    object::view,
    pod::{Pod, ordinal},
    pod_spec::PodTemplate,
    selector::LabelSelector,
};

view! {
    /// A StatefulSet.
    StatefulSet
}

/// Who replaces pods of an old revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpdateStrategy {
    /// Kubernetes, from the highest ordinal down.
    RollingUpdate,
    /// Whoever deletes them.
    OnDelete,
}

/// Whether pods are made and removed one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PodManagementPolicy {
    /// Each waits for the one before.
    OrderedReady,
    /// All at once. A roll is still one by one.
    Parallel,
}

/// What becomes of a claim when no pod needs it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetentionPolicy {
    /// It stays.
    Retain,
    /// It is deleted.
    Delete,
}

impl<'a> StatefulSet<'a> {
    /// How many pods it wants; 1 where it does not say.
    pub fn replicas(self) -> u64 {
        self.count(&["spec", "replicas"]).unwrap_or(1)
    }

    /// The ordinals of the pods that it wants.
    pub fn ordinals(self) -> Range<u64> {
        let start = self.first_ordinal();
        start..start.saturating_add(self.replicas())
    }

    /// `spec.ordinals.start`.
    pub fn first_ordinal(self) -> u64 {
        self.count(&["spec", "ordinals", "start"]).unwrap_or_default()
    }

    /// The name of the pod of an ordinal.
    pub fn pod_name(self, ordinal: u64) -> String {
        format!("{}-{ordinal}", self.name())
    }

    /// The ordinal in a pod's name, when the name is one that this set gives: `SET-NUMBER`. So `a-data-0-1` is none of
    /// `a-data`.
    pub fn ordinal_of(self, pod: &str) -> Option<u64> {
        ordinal(pod.strip_prefix(self.name())?.strip_prefix('-')?)
    }

    /// Which pods are its own.
    pub fn selector(self) -> LabelSelector<'a> {
        LabelSelector::new(self.at(&["spec", "selector"]))
    }

    /// The template of its pods; empty where there is none.
    pub fn template(self) -> PodTemplate<'a> {
        PodTemplate::new(self.at(&["spec", "template"]).unwrap_or(&Value::Null))
    }

    /// The headless Service of its pods.
    pub fn service_name(self) -> Option<&'a str> {
        self.text(&["spec", "serviceName"])
    }

    /// `spec.podManagementPolicy`.
    pub fn pod_management_policy(self) -> PodManagementPolicy {
        match self.text(&["spec", "podManagementPolicy"]) {
            Some("Parallel") => PodManagementPolicy::Parallel,
            _ => PodManagementPolicy::OrderedReady,
        }
    }

    /// How long a pod has to be ready until it counts as available, in seconds.
    pub fn min_ready_seconds(self) -> u64 {
        self.count(&["spec", "minReadySeconds"]).unwrap_or_default()
    }

    /// `spec.updateStrategy.type`.
    pub fn update_strategy(self) -> UpdateStrategy {
        match self.text(&["spec", "updateStrategy", "type"]) {
            Some("OnDelete") => UpdateStrategy::OnDelete,
            _ => UpdateStrategy::RollingUpdate,
        }
    }

    /// How many of the lowest pods keep their revision. `None` where `rollingUpdate` is missing altogether: then a pod
    /// that is lost in the middle of a roll comes back with the revision that it had.
    pub fn partition(self) -> Option<u64> {
        let rolling = self.at(&["spec", "updateStrategy", "rollingUpdate"])?;
        Some(rolling.get("partition").and_then(Value::as_u64).unwrap_or_default())
    }

    /// The lowest ordinal that Kubernetes brings to a new revision: `partition` counts from the first ordinal on. 0 where
    /// there is no partition, so that pods below the first ordinal, which are about to go, count as rolled.
    pub fn first_rolled_ordinal(self) -> u64 {
        match self.partition().unwrap_or_default() {
            0 => 0,
            partition => self.first_ordinal().saturating_add(partition),
        }
    }

    /// How many pods restart at a time: a number, or a percentage of the replicas; at least 1. The controller rounds
    /// down, though the field's documentation says up.
    pub fn max_unavailable(self) -> u64 {
        let most = self.at(&["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"]);
        most.and_then(|most| scaled(most, self.replicas())).unwrap_or(1).max(1)
    }

    /// What becomes of the claims when the set is deleted.
    pub fn when_deleted(self) -> RetentionPolicy {
        self.retention("whenDeleted")
    }

    /// What becomes of the claims of a pod that a smaller number of replicas takes away.
    pub fn when_scaled(self) -> RetentionPolicy {
        self.retention("whenScaled")
    }

    fn retention(self, when: &str) -> RetentionPolicy {
        match self.text(&["spec", "persistentVolumeClaimRetentionPolicy", when]) {
            Some("Delete") => RetentionPolicy::Delete,
            _ => RetentionPolicy::Retain,
        }
    }

    /// The claim templates. Of two with one name the last counts.
    pub fn claim_templates(self) -> Vec<Claim<'a>> {
        let all: Vec<Claim<'a>> = self.items(&["spec", "volumeClaimTemplates"]).iter().map(Claim::new).collect();
        let again = |at: usize, name: &str| all.iter().skip(at + 1).any(|later| later.name() == name);
        all.iter().enumerate().filter(|(at, claim)| !again(*at, claim.name())).map(|(_, claim)| *claim).collect()
    }

    /// One claim template.
    pub fn claim_template(self, name: &str) -> Option<Claim<'a>> {
        self.claim_templates().into_iter().find(|template| template.name() == name)
    }

    /// The name of the claim that a pod gets by a template: `TEMPLATE-SET-ORDINAL`.
    pub fn claim_name(self, template: &str, ordinal: u64) -> String {
        format!("{template}-{}", self.pod_name(ordinal))
    }

    /// The templates whose claim a pod of the set does not mount. Kubernetes can't add volumes to a pod that exists: such
    /// a pod stops its set.
    pub fn missing_claims(self, pod: Pod<'_>) -> Vec<&'a str> {
        let mounts = |template: &str| {
            let claim = format!("{template}-{}", pod.name());
            pod.spec().volumes().any(|volume| volume.name() == template && volume.claim() == Some(&claim))
        };
        let names = self.claim_templates().into_iter().map(|template| template.name());
        names.filter(|template| !mounts(template)).collect()
    }

    /// The revision that its pods are made from. `None` before the controller has seen the set.
    pub fn update_revision(self) -> Option<&'a str> {
        self.revision("updateRevision")
    }

    /// The revision that its pods had before a roll began. Under `OnDelete` it never catches up.
    pub fn current_revision(self) -> Option<&'a str> {
        self.revision("currentRevision")
    }

    fn revision(self, which: &str) -> Option<&'a str> {
        self.text(&["status", which]).filter(|revision| !revision.is_empty())
    }

    /// Whether a pod of the set is of another revision than new ones are; `None` before the controller has seen the set.
    pub fn is_outdated(self, pod: Pod<'_>) -> Option<bool> {
        self.update_revision().map(|newest| pod.revision() != Some(newest))
    }

    /// `status.replicas`: pods that exist, those on their way out as well.
    pub fn status_replicas(self) -> u64 {
        self.status("replicas")
    }

    /// `status.readyReplicas`, left out by the server where it is 0; pods on their way out count.
    pub fn ready_replicas(self) -> u64 {
        self.status("readyReplicas")
    }

    /// `status.availableReplicas`: ready for [`Self::min_ready_seconds`].
    pub fn available_replicas(self) -> u64 {
        self.status("availableReplicas")
    }

    /// `status.updatedReplicas`: pods of the newest revision that stay.
    pub fn updated_replicas(self) -> u64 {
        self.status("updatedReplicas")
    }

    fn status(self, count: &str) -> u64 {
        self.count(&["status", count]).unwrap_or_default()
    }
}

fn scaled(most: &Value, replicas: u64) -> Option<u64> {
    if let Some(number) = most.as_u64() {
        return Some(number);
    }
    let percent: u64 = most.as_str()?.strip_suffix('%')?.parse().ok()?;
    Some(replicas.saturating_mul(percent) / 100)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ordinals_begin_at_their_start() {
        for (spec, expected) in [
            (json!({}), 0..1),
            (json!({"replicas": 0}), 0..0),
            (json!({"replicas": 3}), 0..3),
            (json!({"replicas": 2, "ordinals": {"start": 5}}), 5..7),
        ] {
            assert_eq!(StatefulSet::new(&json!({"spec": spec})).ordinals(), expected, "{spec}");
        }
    }

    #[test]
    fn pods_belong_to_their_set_by_name() {
        let value = json!({"metadata": {"name": "c-data"}});
        let set = StatefulSet::new(&value);
        for (pod, expected) in [
            ("c-data-10", Some(10)),
            ("c-data-0-1", None),
            ("c-data-", None),
            ("c-data0", None),
            ("c-data-x", None),
            ("other-0", None),
        ] {
            assert_eq!(set.ordinal_of(pod), expected, "{pod}");
        }
        assert_eq!(set.pod_name(3), "c-data-3");
        assert_eq!(set.claim_name("d", 3), "d-c-data-3");
    }

    #[test]
    fn rolls_are_limited_as_kubernetes_means_it() {
        for (strategy, partition, from, at_once) in [
            (json!(null), None, 0, 1),
            (json!({"type": "RollingUpdate"}), None, 0, 1),
            (json!({"type": "RollingUpdate", "rollingUpdate": {}}), Some(0), 0, 1),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}), Some(0), 0, 1),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}), Some(2), 7, 1),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 3}}), Some(0), 0, 3),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "50%"}}), Some(0), 0, 2),
            (json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "0%"}}), Some(0), 0, 1),
        ] {
            let value = json!({"spec": {"replicas": 5, "ordinals": {"start": 5}, "updateStrategy": strategy}});
            let set = StatefulSet::new(&value);
            assert_eq!(set.update_strategy(), UpdateStrategy::RollingUpdate);
            let found = (set.partition(), set.first_rolled_ordinal(), set.max_unavailable());
            assert_eq!(found, (partition, from, at_once), "{value}");
        }
        let value = json!({"spec": {"updateStrategy": {"type": "OnDelete"}, "podManagementPolicy": "Parallel"}});
        assert_eq!(StatefulSet::new(&value).update_strategy(), UpdateStrategy::OnDelete);
        assert_eq!(StatefulSet::new(&value).pod_management_policy(), PodManagementPolicy::Parallel);
    }

    #[test]
    fn claims_are_kept_unless_the_set_says_delete() {
        use RetentionPolicy::{Delete, Retain};
        for (policy, expected) in [
            (json!(null), (Retain, Retain)),
            (json!({"whenDeleted": "Delete"}), (Delete, Retain)),
            (json!({"whenDeleted": "Retain", "whenScaled": "Delete"}), (Retain, Delete)),
        ] {
            let value = json!({"spec": {"persistentVolumeClaimRetentionPolicy": policy}});
            let set = StatefulSet::new(&value);
            assert_eq!((set.when_deleted(), set.when_scaled()), expected, "{value}");
        }
    }

    fn template(name: &str, size: &str) -> Value {
        json!({"metadata": {"name": name}, "spec": {"resources": {"requests": {"storage": size}}}})
    }

    #[test]
    fn of_two_templates_with_one_name_the_last_counts() {
        let value = json!({"spec": {"volumeClaimTemplates": [template("d", "1Gi"), template("j", "2Gi"), template("d", "3Gi")]}});
        let set = StatefulSet::new(&value);
        let found: Vec<_> =
            set.claim_templates().iter().map(|claim| (claim.name(), claim.requested_storage())).collect();
        assert_eq!(found, [("j", Some("2Gi".into())), ("d", Some("3Gi".into()))]);
        assert_eq!(set.claim_template("d").and_then(Claim::requested_storage), Some("3Gi".into()));
    }

    #[test]
    fn a_pod_without_a_claim_of_the_templates_does_not_fit() {
        let pod = |claim: &str| {
            json!({"metadata": {"name": "s-1"}, "spec": {"volumes": [
                {"name": "d", "persistentVolumeClaim": {"claimName": claim}}, {"name": "e", "emptyDir": {}}]}})
        };
        for (templates, claim, expected) in
            [(["d"], "d-s-1", vec![]), (["d"], "d-s-0", vec!["d"]), (["e"], "d-s-1", vec!["e"])]
        {
            let templates: Vec<Value> = templates.iter().map(|name| template(name, "1Gi")).collect();
            let set = json!({"spec": {"volumeClaimTemplates": templates}});
            assert_eq!(StatefulSet::new(&set).missing_claims(Pod::new(&pod(claim))), expected, "{claim}");
        }
    }

    #[test]
    fn nobody_is_outdated_before_the_controller_named_a_revision() {
        let pod = json!({"metadata": {"labels": {"controller-revision-hash": "a"}}});
        for (status, expected) in [
            (json!({}), None),
            (json!({"updateRevision": ""}), None),
            (json!({"updateRevision": "a"}), Some(false)),
            (json!({"updateRevision": "b"}), Some(true)),
        ] {
            let set = json!({"status": status});
            assert_eq!(StatefulSet::new(&set).is_outdated(Pod::new(&pod)), expected, "{status}");
        }
    }

    #[test]
    fn counts_that_are_left_out_are_zero() {
        let value = json!({"status": {"replicas": 3, "availableReplicas": 2, "readyReplicas": 2}});
        let set = StatefulSet::new(&value);
        let counts = [set.status_replicas(), set.ready_replicas(), set.available_replicas(), set.updated_replicas()];
        assert_eq!(counts, [3, 2, 2, 0]);
    }
}
