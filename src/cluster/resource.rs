//! Where objects of a kind live in the API. Fixed paths: no discovery.

use super::{ApiError, uri::segment};
use crate::schema::ObjectRef;

/// The place of a kind in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resource {
    /// `apps/v1` or `v1`.
    pub(super) api_version: &'static str,
    /// `StatefulSet`.
    pub(super) kind: &'static str,
    /// `statefulsets`.
    pub(super) plural: &'static str,
    /// Whether its objects live in a namespace.
    pub(super) namespaced: bool,
}

const fn namespaced(api_version: &'static str, kind: &'static str, plural: &'static str) -> Resource {
    Resource { api_version, kind, plural, namespaced: true }
}

const fn cluster_scoped(api_version: &'static str, kind: &'static str, plural: &'static str) -> Resource {
    Resource { api_version, kind, plural, namespaced: false }
}

/// The built-in kinds that can travel in a plan or are read for one, and the operator's own.
const RESOURCES: &[Resource] = &[
    namespaced("v1", "ConfigMap", "configmaps"),
    namespaced("v1", "Endpoints", "endpoints"),
    namespaced("v1", "Event", "events"),
    namespaced("v1", "LimitRange", "limitranges"),
    cluster_scoped("v1", "Namespace", "namespaces"),
    cluster_scoped("v1", "Node", "nodes"),
    cluster_scoped("v1", "PersistentVolume", "persistentvolumes"),
    namespaced("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    namespaced("v1", "Pod", "pods"),
    namespaced("v1", "ReplicationController", "replicationcontrollers"),
    namespaced("v1", "ResourceQuota", "resourcequotas"),
    namespaced("v1", "Secret", "secrets"),
    namespaced("v1", "Service", "services"),
    namespaced("v1", "ServiceAccount", "serviceaccounts"),
    cluster_scoped("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions"),
    namespaced("apps/v1", "ControllerRevision", "controllerrevisions"),
    namespaced("apps/v1", "DaemonSet", "daemonsets"),
    namespaced("apps/v1", "Deployment", "deployments"),
    namespaced("apps/v1", "ReplicaSet", "replicasets"),
    namespaced("apps/v1", "StatefulSet", "statefulsets"),
    cluster_scoped("authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews"),
    namespaced("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    namespaced("batch/v1", "CronJob", "cronjobs"),
    namespaced("batch/v1", "Job", "jobs"),
    namespaced("coordination.k8s.io/v1", "Lease", "leases"),
    namespaced("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
    namespaced("networking.k8s.io/v1", "Ingress", "ingresses"),
    cluster_scoped("networking.k8s.io/v1", "IngressClass", "ingressclasses"),
    namespaced("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    namespaced("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    cluster_scoped("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles"),
    cluster_scoped("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings"),
    namespaced("rbac.authorization.k8s.io/v1", "Role", "roles"),
    namespaced("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
    cluster_scoped("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses"),
    cluster_scoped("storage.k8s.io/v1", "StorageClass", "storageclasses"),
    namespaced("intersystems.com/v1alpha1", "IrisCluster", "irisclusters"),
];

impl Resource {
    /// The place of a kind.
    pub(super) fn of(api_version: &str, kind: &str) -> Result<Self, ApiError> {
        let found = RESOURCES.iter().find(|known| known.kind == kind && known.api_version == api_version);
        found
            .copied()
            .ok_or_else(|| ApiError::UnknownKind { api_version: api_version.to_owned(), kind: kind.to_owned() })
    }

    /// API group, empty for the core group.
    pub(super) fn group(&self) -> &'static str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// `/apis/apps/v1/namespaces/n/statefulsets`; without a namespace that of all namespaces.
    pub(super) fn collection(&self, namespace: Option<&str>) -> String {
        let root = if self.api_version.contains('/') { "apis" } else { "api" };
        let Self { api_version, plural, .. } = self;
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!("/{root}/{api_version}/namespaces/{}/{plural}", segment(namespace)),
            None => format!("/{root}/{api_version}/{plural}"),
        }
    }

    /// Path of one object.
    pub(super) fn path(object: &ObjectRef) -> Result<String, ApiError> {
        let resource = Self::of(&object.api_version, &object.kind)?;
        if resource.namespaced && object.namespace.is_none() {
            return Err(ApiError::NoNamespace { address: object.address() });
        }
        Ok(format!("{}/{}", resource.collection(object.namespace.as_deref()), segment(&object.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_objects() {
        for (object, path) in [
            (ObjectRef::namespaced("v1", "ConfigMap", "n", "c"), "/api/v1/namespaces/n/configmaps/c"),
            (ObjectRef::namespaced("apps/v1", "StatefulSet", "n", "s"), "/apis/apps/v1/namespaces/n/statefulsets/s"),
            (ObjectRef::cluster_scoped("v1", "Namespace", "n"), "/api/v1/namespaces/n"),
            (
                ObjectRef::cluster_scoped("storage.k8s.io/v1", "StorageClass", "x"),
                "/apis/storage.k8s.io/v1/storageclasses/x",
            ),
        ] {
            assert_eq!(Resource::path(&object).unwrap(), path);
        }
    }

    #[test]
    fn a_kind_or_namespace_that_is_missing_is_an_error() {
        let odd = ObjectRef::namespaced("example.com/v1", "Widget", "n", "w");
        assert!(matches!(Resource::path(&odd), Err(ApiError::UnknownKind { .. })));
        let bare = ObjectRef::cluster_scoped("v1", "ConfigMap", "c");
        assert!(matches!(Resource::path(&bare), Err(ApiError::NoNamespace { .. })));
    }
}
