//! Labels of IKO, by which objects and pods are found.

use std::collections::BTreeMap;

use crate::{
    diagnostic::{Diagnostic, DiagnosticId, Position},
    topology::IrisCluster,
};
use iriskit_kubernetes::names;

/// The prefix of all of them.
const PREFIX: &str = "intersystems.com/";
/// Kind of the owner: always [`KIND`].
pub(super) const KIND_LABEL: &str = names::IRIS_KIND;
/// Value of [`KIND_LABEL`].
pub(super) const KIND: &str = "IrisCluster";
/// Name of the cluster.
pub(super) const NAME: &str = names::IRIS_NAME;
/// Part of the topology.
pub(super) const COMPONENT: &str = names::IRIS_COMPONENT;
/// The shard of a mirrored data StatefulSet.
const SHARD: &str = names::IRIS_SHARD;

/// Component of data nodes.
pub(super) const DATA: &str = "data";
/// Component of compute nodes.
pub(super) const COMPUTE: &str = "compute";
/// Component of the arbiter.
pub(super) const ARBITER: &str = "arbiter";
/// Component of stand-alone web gateways.
pub(super) const WEBGATEWAY: &str = "webgateway";

/// A set of labels, or of annotations.
pub(super) type Labels = BTreeMap<String, String>;

/// Labels of all objects of a component, and the selector of its pods.
pub(super) fn of(cluster: &IrisCluster, component: &str) -> Labels {
    [(COMPONENT, component), (KIND_LABEL, KIND), (NAME, &cluster.name), ("intersystems.com/role", "iris")]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// Labels of data nodes: with the shard where one StatefulSet is one shard.
pub(super) fn data(cluster: &IrisCluster, shard: Option<u32>) -> Labels {
    let mut labels = of(cluster, DATA);
    labels.extend(shard.map(|shard| (SHARD.to_owned(), shard.to_string())));
    labels
}

/// Labels of the data server, or of node 1 of a sharded cluster, where these are a mirror of their own.
pub(super) fn first_data(cluster: &IrisCluster) -> Labels {
    data(cluster, cluster.topology.data.mirrored.then_some(0))
}

/// Labels that all data nodes have.
pub(super) fn all_data(cluster: &IrisCluster) -> Labels {
    if cluster.topology.data.shards.is_some() { of(cluster, DATA) } else { first_data(cluster) }
}

/// Lays `ours` over `theirs`. The keys under `intersystems.com/` select pods, so they can't be changed from outside.
pub(super) fn merged(
    ours: &Labels,
    theirs: &Labels,
    position: Option<&Position>,
    found: &mut Vec<Diagnostic>,
) -> Labels {
    let mut all = ours.clone();
    for (key, value) in theirs {
        if key.starts_with(PREFIX) {
            found.push(
                Diagnostic::warning(
                    DiagnosticId::LabelReserved,
                    format!("label `{key}` is set by iriskit; `{value}` is left out"),
                )
                .at(position, ""),
            );
        } else {
            all.insert(key.clone(), value.clone());
        }
    }
    all
}
