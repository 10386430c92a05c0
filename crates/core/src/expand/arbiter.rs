//! The arbiter: an ISCAgent in a pod of its own.

use super::{
    Desired,
    container::{Container, tcp_probe},
    cpf::ISC_AGENT,
    labels, names,
    pod::{self, NodePods, Pod},
    stateful_set::Set,
};
use crate::{diagnostic::Diagnostic, topology::IrisCluster};
use iriskit_state::plan::{Component, Stage};

/// Its StatefulSet, when the cluster has one.
pub(super) fn objects(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) -> Option<Desired> {
    let arbiter = cluster.topology.arbiter.as_ref()?;
    let node = NodePods { path: "spec.topology.arbiter", pods: &arbiter.pods };
    let pod = Pod {
        labels: labels::of(cluster, labels::ARBITER),
        main: Container::new("arbiter", &arbiter.image)
            .port("iscagent", ISC_AGENT)
            .with("readinessProbe", tcp_probe(ISC_AGENT, 5, 3)),
        grace: 30,
        // The arbiter must not go down together with a member.
        apart: pod::apart_from(&labels::all_data(cluster)),
        ..Pod::default()
    };
    let set = Set {
        name: names::of(cluster, labels::ARBITER),
        place: (Stage::Arbiter, Component::Arbiter),
        replicas: 1,
        mirrored: false,
        claims: Vec::new(),
    };
    Some(set.desired(cluster, pod, &node, found))
}
