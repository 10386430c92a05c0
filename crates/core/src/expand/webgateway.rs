//! Web gateways in pods of their own.

use super::{
    ConfigTexts, Desired, csp,
    gateway::Setup,
    labels, names,
    pod::{NodePods, Pod},
    stateful_set::Set,
};
use crate::{diagnostic::Diagnostic, topology::IrisCluster};
use iriskit_state::plan::{Component, Stage};

const PLACE: (Stage, Component) = (Stage::WebGateway, Component::WebGateway);

/// ConfigMap and StatefulSet; nothing for a cluster without stand-alone gateways.
pub(super) fn objects(cluster: &IrisCluster, texts: &ConfigTexts, found: &mut Vec<Diagnostic>) -> Vec<Desired> {
    let topology = &cluster.topology;
    let mut iris_nodes =
        std::iter::once(&topology.data.iris).chain(topology.compute.iter().map(|compute| &compute.iris));
    if topology.webgateway.is_some() || iris_nodes.any(|node| node.webgateway.is_some()) {
        csp::check_merge(cluster, texts, found);
    }
    let Some(gateways) = &topology.webgateway else { return Vec::new() };
    let labels = labels::of(cluster, labels::WEBGATEWAY);
    let setup = Setup::stand_alone(cluster, &gateways.gateway);
    let map = setup.config_map(cluster, texts, &labels, PLACE);
    let mut pod = Pod { labels, main: setup.container(true), grace: 30, ..Pod::default() };
    setup.prepare(&mut pod);
    let node = NodePods { path: "spec.topology.webgateway", pods: &gateways.pods };
    let set = Set {
        name: names::of(cluster, labels::WEBGATEWAY),
        place: PLACE,
        replicas: gateways.replicas,
        mirrored: false,
        claims: Vec::new(),
    };
    let mut set = set.desired(cluster, pod, &node, found);
    set.depends_on.push(map.object.clone());
    vec![map, set]
}
