//! The arbiter: an ISCAgent in a pod of its own.

use super::{
    Component, Desired, Stage,
    container::{Container, tcp_probe},
    cpf::ISC_AGENT,
    labels, names,
    pod::{self, Pod, Wishes},
    stateful_set::Set,
};
use crate::diagnostic::Diagnostic;
use crate::topology::IrisCluster;

/// Its StatefulSet, when the cluster has one.
pub(super) fn objects(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) -> Option<Desired> {
    let arbiter = cluster.topology.arbiter.as_ref()?;
    let wishes =
        Wishes { path: "spec.topology.arbiter", template: &arbiter.pod_template, zones: &arbiter.preferred_zones };
    let pod = Pod {
        labels: labels::of(cluster, labels::ARBITER),
        main: Container::new("arbiter", &arbiter.image)
            .port("iscagent", ISC_AGENT)
            .with("readinessProbe", tcp_probe(ISC_AGENT, 5, 3)),
        grace: 30,
        // The arbiter must not go down together with a member.
        apart: pod::apart_from(&labels::data(cluster)),
        ..Pod::default()
    };
    let set = Set {
        name: names::of(cluster, labels::ARBITER),
        place: (Stage::Arbiter, Component::Arbiter),
        replicas: 1,
        strategy: arbiter.update_strategy,
        mirrored: false,
        claims: Vec::new(),
    };
    Some(set.desired(cluster, pod, &wishes, found))
}
