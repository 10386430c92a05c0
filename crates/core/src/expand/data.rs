//! Data nodes: one StatefulSet, its CPF and the configuration of its sidecar gateways.

use iriskit_state::plan::{Component, Stage};
use serde_json::json;

use super::{
    ConfigTexts, Desired, cpf,
    gateway::Setup,
    iris::{self, Role},
    labeler::{self, Labeler},
    labels, names,
    object::{self, CONFIG_MAP, object},
    pod::{self, NodePods, Pod},
    stateful_set::Set,
    storage,
};
use crate::{diagnostic::Diagnostic, topology::IrisCluster};

const PLACE: (Stage, Component) = (Stage::Data, Component::Data);
const PATH: &str = "spec.topology.data";

/// ConfigMaps first, then the StatefulSet.
pub(super) fn objects(
    cluster: &IrisCluster,
    texts: &ConfigTexts,
    labeler: &Labeler,
    found: &mut Vec<Diagnostic>,
) -> Vec<Desired> {
    let data = &cluster.topology.data;
    let name = names::data(cluster);
    let labels = labels::data(cluster);
    let node = NodePods { path: PATH, pods: &data.iris.pods };
    let sidecar = data.iris.webgateway.as_ref().map(|gateway| Setup::sidecar(cluster, gateway, labels::DATA));

    let role = Role { node: &data.iris, cpf: "data.cpf", config_map: &name, path: PATH };
    let iris = iris::iris(cluster, &role, found);
    let mut pod = Pod {
        labels: labels.clone(),
        main: iris.container,
        volumes: iris.volumes,
        grace: iris::GRACE,
        ..Pod::default()
    };
    if data.mirrored {
        pod.main = pod.main.port("iscagent", cpf::ISC_AGENT);
        pod.apart = pod::apart_from(&labels);
        labeler.join(cluster, &mut pod, found);
    }
    let text = cpf::data(cluster, texts);
    let about = cpf::about(cluster, "data.cpf", &text, [&texts.common_cpf, &texts.data_cpf]);
    let mut map = object(cluster, CONFIG_MAP, &name, &labels, json!({"data": {"data.cpf": text}}), PLACE);
    map.about = about;
    let mut objects = vec![map];
    if let Some(sidecar) = sidecar {
        objects.push(sidecar.config_map(cluster, texts, &labels, PLACE));
        sidecar.join(&mut pod);
    }
    let set = Set {
        name,
        place: PLACE,
        replicas: names::data_replicas(cluster),
        mirrored: data.mirrored,
        claims: storage::claims(cluster, &data.iris.storage, &data.iris.volume_mounts),
    };
    let mut set = set.desired(cluster, pod, &node, found);
    set.depends_on.extend(objects.iter().map(|map| map.object.clone()));
    set.depends_on.extend(labeler::needed(cluster));
    if data.mirrored && cluster.topology.arbiter.is_some() {
        let arbiter = names::of(cluster, labels::ARBITER);
        set.depends_on.push(object::reference(cluster, object::STATEFUL_SET, &arbiter));
    }
    objects.push(set);
    objects
}
