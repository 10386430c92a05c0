//! Web gateways in pods of their own.

use super::{
    Component, ConfigTexts, Desired, Stage, csp,
    gateway::Setup,
    labels, names,
    pod::{Pod, Wishes},
    stateful_set::Set,
};
use crate::diagnostic::Diagnostic;
use crate::topology::IrisCluster;

const PLACE: (Stage, Component) = (Stage::WebGateway, Component::WebGateway);

/// ConfigMap and StatefulSet; nothing for a cluster without stand-alone gateways.
pub(super) fn objects(cluster: &IrisCluster, texts: &ConfigTexts, found: &mut Vec<Diagnostic>) -> Vec<Desired> {
    let topology = &cluster.topology;
    let side_cars = [topology.data.webgateway.as_ref(), topology.compute.as_ref().and_then(|c| c.webgateway.as_ref())];
    if topology.webgateway.is_some() || side_cars.iter().any(Option::is_some) {
        csp::check_merge(cluster, texts, found);
    }
    let Some(gateways) = &topology.webgateway else { return Vec::new() };
    let labels = labels::of(cluster, labels::WEBGATEWAY);
    let setup = Setup::stand_alone(cluster, &gateways.gateway);
    let map = setup.config_map(cluster, texts, &labels, PLACE);
    let mut pod = Pod { labels, main: setup.container(true), grace: 30, ..Pod::default() };
    setup.prepare(&mut pod);
    let wishes =
        Wishes { path: "spec.topology.webgateway", template: &gateways.pod_template, zones: &gateways.preferred_zones };
    let set = Set {
        name: names::of(cluster, labels::WEBGATEWAY),
        place: PLACE,
        replicas: gateways.replicas,
        strategy: gateways.update_strategy,
        mirrored: false,
        claims: Vec::new(),
    };
    let mut set = set.desired(cluster, pod, &wishes, found);
    set.depends_on.push(map.object.clone());
    vec![map, set]
}
