//! Where objects of a kind live in the API. Fixed paths: no discovery.

use super::{ApiError, uri::segment};
use iriskit_kubernetes::schema::{ObjectRef, table};

/// The place of a kind in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resource {
    /// `apps/v1` or `v1`.
    pub(super) api_version: &'static str,
    /// `statefulsets`.
    pub(super) plural: &'static str,
    /// Whether its objects live in a namespace.
    pub(super) namespaced: bool,
}

/// The operator's own kind: no built-in one, but asked for by name to see whether the operator manages a cluster.
const IRIS_CLUSTER: (&str, &str) = ("intersystems.com/v1alpha1", "IrisCluster");

impl Resource {
    /// The place of a kind.
    pub(super) fn of(api_version: &str, kind: &str) -> Result<Self, ApiError> {
        if (api_version, kind) == IRIS_CLUSTER {
            return Ok(Self { api_version: IRIS_CLUSTER.0, plural: "irisclusters", namespaced: true });
        }
        match table().kind(api_version, kind) {
            Some(known) => {
                Ok(Self { api_version: known.api_version, plural: known.plural, namespaced: known.namespaced })
            }
            None => Err(ApiError::UnknownKind { api_version: api_version.to_owned(), kind: kind.to_owned() }),
        }
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
