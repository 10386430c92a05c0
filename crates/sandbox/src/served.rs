//! The kinds that the sandbox has, out of all that Kubernetes has.

use std::sync::OnceLock;

use iriskit_kubernetes::schema::{Kind, table};

/// What iriskit makes, what its users bring along, and what comes out of these.
const SERVED: [(&str, &str); 20] = [
    ("apps/v1", "ControllerRevision"),
    ("apps/v1", "StatefulSet"),
    ("authorization.k8s.io/v1", "SelfSubjectAccessReview"),
    ("coordination.k8s.io/v1", "Lease"),
    ("networking.k8s.io/v1", "Ingress"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("policy/v1", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("storage.k8s.io/v1", "StorageClass"),
    ("v1", "ConfigMap"),
    ("v1", "Event"),
    ("v1", "Namespace"),
    ("v1", "PersistentVolume"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Pod"),
    ("v1", "ResourceQuota"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
];

/// The kinds of the sandbox.
pub(crate) fn kinds() -> impl Iterator<Item = &'static Kind> {
    static KINDS: OnceLock<Vec<&'static Kind>> = OnceLock::new();
    let served = |kind: &&Kind| SERVED.contains(&(kind.api_version, kind.kind));
    KINDS.get_or_init(|| table().kinds().filter(served).collect()).iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_served_kind_is_in_the_table() {
        assert_eq!(kinds().count(), SERVED.len());
    }
}
