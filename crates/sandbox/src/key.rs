//! Names of resources and of objects in the store.

use iriskit_kubernetes::schema::Kind;

/// A resource, as URLs name it, whatever its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Resource {
    /// The group, empty for the core group.
    pub(crate) group: &'static str,
    /// `statefulsets`.
    pub(crate) plural: &'static str,
}

impl Resource {
    pub(crate) const CLAIMS: Self = Self::core("persistentvolumeclaims");
    pub(crate) const CLASSES: Self = Self { group: "storage.k8s.io", plural: "storageclasses" };
    pub(crate) const CONFIG_MAPS: Self = Self::core("configmaps");
    pub(crate) const EVENTS: Self = Self::core("events");
    pub(crate) const NAMESPACES: Self = Self::core("namespaces");
    pub(crate) const PODS: Self = Self::core("pods");
    pub(crate) const QUOTAS: Self = Self::core("resourcequotas");
    pub(crate) const REVISIONS: Self = Self { group: "apps", plural: "controllerrevisions" };
    pub(crate) const SERVICES: Self = Self::core("services");
    pub(crate) const SERVICE_ACCOUNTS: Self = Self::core("serviceaccounts");
    pub(crate) const SETS: Self = Self { group: "apps", plural: "statefulsets" };
    pub(crate) const VOLUMES: Self = Self::core("persistentvolumes");

    const fn core(plural: &'static str) -> Self {
        Self { group: "", plural }
    }

    /// The resource of a kind.
    pub(crate) fn of(kind: &Kind) -> Self {
        Self { group: kind.group, plural: kind.plural }
    }
}

/// One object of the store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) resource: Resource,
    /// Empty for cluster-scoped kinds.
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Key {
    pub(crate) fn new(resource: Resource, namespace: &str, name: &str) -> Self {
        Self { resource, namespace: namespace.to_owned(), name: name.to_owned() }
    }
}
