//! Compute nodes: application servers of the data nodes.

use iriskit_state::plan::{Component, Stage};
use serde_json::json;

use super::{
    ConfigTexts, Desired, cpf,
    gateway::Setup,
    iris::{self, Role},
    labels, names,
    object::{self, CONFIG_MAP, object},
    pod::{NodePods, Pod},
    stateful_set::Set,
    storage,
};
use crate::{diagnostic::Diagnostic, topology::IrisCluster};

const PLACE: (Stage, Component) = (Stage::Compute, Component::Compute);
const PATH: &str = "spec.topology.compute";

/// ConfigMaps first, then the StatefulSet; nothing for a cluster without compute nodes.
pub(super) fn objects(cluster: &IrisCluster, texts: &ConfigTexts, found: &mut Vec<Diagnostic>) -> Vec<Desired> {
    let Some(compute) = &cluster.topology.compute else { return Vec::new() };
    let name = names::of(cluster, labels::COMPUTE);
    let labels = labels::of(cluster, labels::COMPUTE);
    let node = NodePods { path: PATH, pods: &compute.iris.pods };
    let sidecar = compute.iris.webgateway.as_ref().map(|gateway| Setup::sidecar(cluster, gateway, labels::COMPUTE));
    let role = Role { node: &compute.iris, cpf: "compute.cpf", config_map: &name, path: PATH };
    let iris = iris::iris(cluster, &role, found);
    let mut pod = Pod {
        labels: labels.clone(),
        main: iris.container,
        volumes: iris.volumes,
        grace: iris::GRACE,
        ..Pod::default()
    };
    let (storage, mounts) = (&compute.iris.storage, &compute.iris.volume_mounts);
    let claims = if compute.ephemeral {
        pod.volumes.extend(storage::ephemeral(storage));
        storage::added(cluster, mounts)
    } else {
        storage::claims(cluster, storage, mounts)
    };
    let text = cpf::compute(cluster, texts);
    let about = cpf::about(cluster, "compute.cpf", &text, [&texts.common_cpf, &texts.compute_cpf]);
    let mut map = object(cluster, CONFIG_MAP, &name, &labels, json!({"data": {"compute.cpf": text}}), PLACE);
    map.about = about;
    let mut objects = vec![map];
    if let Some(sidecar) = sidecar {
        objects.push(sidecar.config_map(cluster, texts, &labels, PLACE));
        sidecar.join(&mut pod);
    }
    let set = Set { name, place: PLACE, replicas: compute.replicas, mirrored: false, claims };
    let mut set = set.desired(cluster, pod, &node, found);
    set.depends_on.extend(objects.iter().map(|map| map.object.clone()));
    let data = names::data_sets(cluster);
    set.depends_on.extend(data.iter().map(|set| object::reference(cluster, object::STATEFUL_SET, &set.name)));
    objects.push(set);
    objects
}
