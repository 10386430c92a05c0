//! Names of objects, pods and hosts.

use super::labels;
use crate::topology::IrisCluster;

/// The headless Service of every namespace.
pub(super) const HEADLESS: &str = "iris-svc";

/// StatefulSet and ConfigMap of the data nodes: one set a mirror, so mirrored ones carry the index of their shard.
pub(super) fn data(cluster: &IrisCluster) -> String {
    let shard = if cluster.topology.data.mirrored { "-0" } else { "" };
    format!("{}-{}{shard}", cluster.name, labels::DATA)
}

/// StatefulSet (and ConfigMap, Service) of another component.
pub(super) fn of(cluster: &IrisCluster, component: &str) -> String {
    format!("{}-{component}", cluster.name)
}

/// ServiceAccount, Role and RoleBinding of the labeler.
pub(super) fn labeler(cluster: &IrisCluster) -> String {
    format!("{}-mirror-labeler", cluster.name)
}

/// How many data pods there are.
pub(super) fn data_replicas(cluster: &IrisCluster) -> u32 {
    let data = &cluster.topology.data;
    match &data.mirror_map {
        Some(map) if data.mirrored => u32::try_from(map.len()).unwrap_or(u32::MAX),
        None if data.mirrored => 2,
        _ => 1,
    }
}

/// The pods of a StatefulSet, by ordinal.
pub(super) fn pods(set: &str, replicas: u32) -> Vec<String> {
    (0..replicas).map(|ordinal| format!("{set}-{ordinal}")).collect()
}

/// The data pods, by ordinal.
pub(super) fn data_pods(cluster: &IrisCluster) -> Vec<String> {
    pods(&data(cluster), data_replicas(cluster))
}

/// The compute pods, by ordinal.
pub(super) fn compute_pods(cluster: &IrisCluster) -> Vec<String> {
    let replicas = cluster.topology.compute.as_ref().map_or(0, |compute| compute.replicas);
    pods(&of(cluster, labels::COMPUTE), replicas)
}

/// The name under which a pod is found inside the Kubernetes cluster.
pub(super) fn host(cluster: &IrisCluster, pod: &str) -> String {
    format!("{pod}.{HEADLESS}.{}.svc.cluster.local", cluster.namespace)
}
