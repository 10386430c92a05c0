//! Names of objects, pods and hosts.

use super::labels;
use crate::topology::IrisCluster;

/// The headless Service of every namespace.
pub(super) const HEADLESS: &str = "iris-svc";

/// A StatefulSet of data nodes: one mirror, or all data nodes that are no mirrors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DataSet {
    pub(super) name: String,
    /// Which shard it is; a set of several shards, or of none, is no single one.
    pub(super) shard: Option<u32>,
    pub(super) replicas: u32,
}

/// The StatefulSets of the data nodes, by shard: one for each mirror, or one for all nodes.
pub(super) fn data_sets(cluster: &IrisCluster) -> Vec<DataSet> {
    let data = &cluster.topology.data;
    let shards = data.shards.unwrap_or(1);
    if !data.mirrored {
        return vec![DataSet { name: of(cluster, labels::DATA), shard: None, replicas: shards }];
    }
    let replicas = u32::try_from(data.members().len()).unwrap_or(u32::MAX);
    let set =
        |shard| DataSet { name: format!("{}-{}-{shard}", cluster.name, labels::DATA), shard: Some(shard), replicas };
    (0..shards).map(set).collect()
}

/// The StatefulSet with the data server, or with node 1 of a sharded cluster.
pub(super) fn first_data_set(cluster: &IrisCluster) -> String {
    let shard = if cluster.topology.data.mirrored { "-0" } else { "" };
    format!("{}-{}{shard}", cluster.name, labels::DATA)
}

/// ConfigMap of all data nodes: named after the set where there can be only one, as IKO does.
pub(super) fn data_config(cluster: &IrisCluster) -> String {
    match cluster.topology.data.shards {
        None => first_data_set(cluster),
        Some(_) => of(cluster, labels::DATA),
    }
}

/// StatefulSet (and ConfigMap, Service) of another component.
pub(super) fn of(cluster: &IrisCluster, component: &str) -> String {
    format!("{}-{component}", cluster.name)
}

/// ServiceAccount, Role and RoleBinding of the labeler.
pub(super) fn labeler(cluster: &IrisCluster) -> String {
    format!("{}-mirror-labeler", cluster.name)
}

/// The pods of a StatefulSet, by ordinal.
pub(super) fn pods(set: &str, replicas: u32) -> Vec<String> {
    (0..replicas).map(|ordinal| format!("{set}-{ordinal}")).collect()
}

/// The data pods, by shard and ordinal.
pub(super) fn data_pods(cluster: &IrisCluster) -> Vec<String> {
    data_sets(cluster).into_iter().flat_map(|set| pods(&set.name, set.replicas)).collect()
}

/// The host of the data server, or of node 1 of a sharded cluster.
pub(super) fn first_host(cluster: &IrisCluster) -> String {
    host(cluster, &format!("{}-0", first_data_set(cluster)))
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
