//! The kinds that the sandbox serves, a file or folder each: how it treats their objects, and the controllers that work on
//! them. A further kind is a file here and a line in the table.

mod config_map;
mod controller_revision;
mod event;
mod ingress;
mod lease;
mod namespace;
mod network_policy;
mod persistent_volume;
mod persistent_volume_claim;
mod pod;
mod pod_disruption_budget;
mod priority_class;
mod resource_quota;
mod role;
mod role_binding;
mod secret;
mod self_subject_access_review;
mod service;
mod service_account;
mod stateful_set;
mod storage_class;

use std::sync::OnceLock;

use super::{clock::Now, registry::Registry, strategy::Strategy, world::World};

/// One pass of a controller over the objects of its kind.
type Reconcile = fn(&mut World, Now);

/// All kinds. Controllers work in this order.
const TABLE: &[(&dyn Strategy, Option<Reconcile>)] = &[
    (&namespace::Namespace, Some(namespace::reconcile)),
    (&stateful_set::StatefulSet, Some(stateful_set::reconcile)),
    (&persistent_volume_claim::PersistentVolumeClaim, Some(persistent_volume_claim::reconcile)),
    (&persistent_volume::PersistentVolume, Some(persistent_volume::reconcile)),
    (&pod::Pod, Some(pod::reconcile)),
    (&resource_quota::ResourceQuota, Some(resource_quota::reconcile)),
    (&config_map::ConfigMap, None),
    (&controller_revision::ControllerRevision, None),
    (&event::Event, None),
    (&ingress::Ingress, None),
    (&lease::Lease, None),
    (&network_policy::NetworkPolicy, None),
    (&pod_disruption_budget::PodDisruptionBudget, None),
    (&priority_class::PriorityClass, None),
    (&role::Role, None),
    (&role_binding::RoleBinding, None),
    (&secret::Secret, None),
    (&self_subject_access_review::SelfSubjectAccessReview, None),
    (&service::Service, None),
    (&service_account::ServiceAccount, None),
    (&storage_class::StorageClass, None),
];

/// How each kind is treated.
pub(crate) fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| Registry::new(TABLE.iter().map(|(strategy, _)| *strategy)))
}

/// The controllers of the kinds.
pub(crate) fn controllers() -> impl Iterator<Item = Reconcile> {
    TABLE.iter().filter_map(|(_, reconcile)| *reconcile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_in_the_schema() {
        assert_eq!(registry().all().count(), TABLE.len());
    }
}
