//! Data nodes: their StatefulSets, their CPF and the configuration of their sidecar gateways.

use iriskit_state::plan::{Component, Stage};
use serde_json::json;

use super::{
    ConfigTexts, Desired, cpf,
    gateway::Setup,
    iris::{self, Role},
    labeler::{self, Labeler},
    labels,
    names::{self, DataSet},
    object::{self, CONFIG_MAP, object},
    pod::{self, NodePods, Pod},
    stateful_set::Set,
    storage,
};
use crate::{diagnostic::Diagnostic, topology::IrisCluster};
use iriskit_kubernetes::schema::ObjectRef;

const PLACE: (Stage, Component) = (Stage::Data, Component::Data);
const PATH: &str = "spec.topology.data";

/// ConfigMaps first, then the StatefulSets, each after the one before it: node 1 of a sharded cluster, in the first, must
/// be there when others join it.
pub(super) fn objects(
    cluster: &IrisCluster,
    texts: &ConfigTexts,
    labeler: &Labeler,
    found: &mut Vec<Diagnostic>,
) -> Vec<Desired> {
    let data = &cluster.topology.data;
    let labels = labels::all_data(cluster);
    let sidecar = data.iris.webgateway.as_ref().map(|gateway| Setup::sidecar(cluster, gateway, labels::DATA));
    let text = cpf::data(cluster, texts);
    let about = cpf::about(cluster, "data.cpf", &text, [&texts.common_cpf, &texts.data_cpf]);
    let config = names::data_config(cluster);
    let mut map = object(cluster, CONFIG_MAP, &config, &labels, json!({"data": {"data.cpf": text}}), PLACE);
    map.about = about;
    let mut objects = vec![map];
    objects.extend(sidecar.as_ref().map(|sidecar| sidecar.config_map(cluster, texts, &labels, PLACE)));

    let mut needed: Vec<ObjectRef> = objects.iter().map(|map| map.object.clone()).collect();
    needed.extend(labeler::needed(cluster));
    if data.mirrored && cluster.topology.arbiter.is_some() {
        let arbiter = names::of(cluster, labels::ARBITER);
        needed.push(object::reference(cluster, object::STATEFUL_SET, &arbiter));
    }
    let mut before: Option<ObjectRef> = None;
    for (at, set) in names::data_sets(cluster).into_iter().enumerate() {
        // The sets differ in their names alone, so everything is said of the first.
        let mut again = Vec::new();
        let found = if at == 0 { &mut *found } else { &mut again };
        let mut set = data_set(cluster, set, sidecar.as_ref(), labeler, found);
        set.depends_on.extend(needed.iter().cloned());
        set.depends_on.extend(before.replace(set.object.clone()));
        objects.push(set);
    }
    objects
}

fn data_set(
    cluster: &IrisCluster,
    DataSet { name, shard, replicas }: DataSet,
    sidecar: Option<&Setup<'_>>,
    labeler: &Labeler,
    found: &mut Vec<Diagnostic>,
) -> Desired {
    let data = &cluster.topology.data;
    let labels = labels::data(cluster, shard);
    let node = NodePods { path: PATH, pods: &data.iris.pods };
    let role = Role { node: &data.iris, cpf: "data.cpf", config_map: &names::data_config(cluster), path: PATH };
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
    if let Some(sidecar) = sidecar {
        sidecar.join(&mut pod);
    }
    let set = Set {
        name,
        place: PLACE,
        replicas,
        mirrored: data.mirrored,
        claims: storage::claims(cluster, &data.iris.storage, &data.iris.volume_mounts),
    };
    set.desired(cluster, pod, &node, found)
}
