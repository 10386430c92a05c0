//! Compute nodes: application servers of the data nodes.

use serde_json::json;

use super::{
    Component, ConfigTexts, Desired, Stage, cpf,
    gateway::Setup,
    iris::{self, Role},
    labels, names,
    object::{self, CONFIG_MAP, object},
    pod::{Pod, Wishes},
    stateful_set::Set,
    storage,
};
use crate::diagnostic::Diagnostic;
use crate::topology::IrisCluster;

const PLACE: (Stage, Component) = (Stage::Compute, Component::Compute);
const PATH: &str = "spec.topology.compute";

/// ConfigMaps first, then the StatefulSet; nothing for a cluster without compute nodes.
pub(super) fn objects(cluster: &IrisCluster, texts: &ConfigTexts, found: &mut Vec<Diagnostic>) -> Vec<Desired> {
    let Some(compute) = &cluster.topology.compute else { return Vec::new() };
    let name = names::of(cluster, labels::COMPUTE);
    let labels = labels::of(cluster, labels::COMPUTE);
    let wishes = Wishes { path: PATH, template: &compute.pod_template, zones: &compute.preferred_zones };
    let side = compute.webgateway.as_ref().map(|gateway| Setup::side_car(cluster, gateway, labels::COMPUTE));
    let role = Role {
        image: &compute.image,
        cpf: "compute.cpf",
        config_map: &name,
        mounts: &compute.volume_mounts,
        side_car: side.is_some(),
        template: &compute.pod_template,
        path: PATH,
    };
    let iris = iris::iris(cluster, &role, found);
    let mut pod = Pod {
        labels: labels.clone(),
        main: iris.container,
        volumes: iris.volumes,
        grace: iris::GRACE,
        ..Pod::default()
    };
    let text = cpf::compute(cluster, texts);
    let about = cpf::about(cluster, "compute.cpf", &text, [&texts.common_cpf, &texts.compute_cpf]);
    let mut map = object(cluster, CONFIG_MAP, &name, &labels, json!({"data": {"compute.cpf": text}}), PLACE);
    map.about = about;
    let mut objects = vec![map];
    if let Some(side) = side {
        objects.push(side.config_map(cluster, texts, &labels, PLACE));
        side.join(&mut pod);
    }
    let set = Set {
        name,
        place: PLACE,
        replicas: compute.replicas,
        strategy: compute.update_strategy,
        mirrored: false,
        claims: storage::claims(cluster, &compute.storage, &compute.volume_mounts),
    };
    let mut set = set.desired(cluster, pod, &wishes, found);
    set.depends_on.extend(objects.iter().map(|map| map.object.clone()));
    set.depends_on.push(object::reference(cluster, object::STATEFUL_SET, &names::data(cluster)));
    objects.push(set);
    objects
}
