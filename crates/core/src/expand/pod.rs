//! The pod template: our containers and volumes, and what the manifest lays over the pod.

use iriskit_state::plan::DiagnosticId;
use serde_json::{Map, Value, json};

use super::{
    container::{Container, OF_CONTAINER},
    labels::{self, Labels},
};
use crate::{
    diagnostic::Diagnostic,
    topology::{IrisCluster, PodTemplate, Pods},
};

/// The group of `irisowner`, who must be able to write to the volumes.
const IRIS_GROUP: u32 = 51773;

/// What a manifest says about the pods of a node.
pub(super) struct NodePods<'a> {
    /// Where the node stands: `spec.topology.data`.
    pub(super) path: &'static str,
    /// What it says.
    pub(super) pods: &'a Pods,
}

/// What a pod consists of before the manifest's template is laid over it.
#[derive(Default)]
pub(super) struct Pod {
    /// Labels that select it.
    pub(super) labels: Labels,
    /// The container that the manifest's `args`, `env`, `resources` … are for.
    pub(super) main: Container,
    /// Ordinary containers beside it.
    pub(super) sidecars: Vec<Container>,
    /// Containers that start before it.
    pub(super) init: Vec<Container>,
    /// Volumes, claims aside.
    pub(super) volumes: Vec<Value>,
    /// Seconds to stop in.
    pub(super) grace: u32,
    /// Its ServiceAccount, unless the manifest names one.
    pub(super) service_account: Option<String>,
    /// Soft rules to keep it apart from other pods.
    pub(super) apart: Vec<Value>,
}

impl Pod {
    /// The template of a StatefulSet.
    pub(super) fn template(self, cluster: &IrisCluster, node: &NodePods<'_>, found: &mut Vec<Diagnostic>) -> Value {
        let path = format!("{}.podTemplate", node.path);
        let template = &node.pods.template;
        let position = cluster.sources.nearest(&format!("{path}.metadata.labels"));
        let labels = labels::merged(&self.labels, &template.labels, position, found);
        let mut spec = Map::new();
        spec.insert("automountServiceAccountToken".into(), false.into());
        spec.insert("terminationGracePeriodSeconds".into(), self.grace.into());
        if !self.volumes.is_empty() {
            // Only pods that write to volumes need the group.
            spec.insert("securityContext".into(), json!({"fsGroup": IRIS_GROUP}));
            spec.insert("volumes".into(), self.volumes.into());
        }
        if let Some(name) = self.service_account {
            spec.insert("serviceAccountName".into(), name.into());
        }
        let mut containers = vec![self.main.with_template(cluster, template, &path, found).finish()];
        containers.extend(self.sidecars.into_iter().map(Container::finish));
        let ours: Vec<Value> = self.init.into_iter().map(Container::finish).collect();
        let init = init_containers(cluster, template, ours, &containers, &path, found);
        spec.insert("containers".into(), containers.into());
        spec.insert("initContainers".into(), init.into());
        spec.insert("imagePullSecrets".into(), pull_secrets(cluster, template).into());
        spec.insert("affinity".into(), affinity(template, &node.pods.preferred_zones, &self.apart));
        for (field, value) in &template.spec {
            match (field.as_str(), value) {
                ("affinity" | "imagePullSecrets" | "initContainers", _) => {}
                ("securityContext", Value::Object(theirs)) => {
                    if let Some(Value::Object(ours)) = spec.get_mut("securityContext") {
                        ours.extend(theirs.clone());
                    } else {
                        spec.insert(field.clone(), value.clone());
                    }
                }
                (field, _) if OF_CONTAINER.contains(&field) => {}
                _ => {
                    spec.insert(field.clone(), value.clone());
                }
            }
        }
        let mut metadata = json!({"labels": labels});
        if let (Value::Object(metadata), false) = (&mut metadata, template.annotations.is_empty()) {
            metadata.insert("annotations".into(), json!(template.annotations));
        }
        json!({"metadata": metadata, "spec": spec})
    }
}

/// The manifest's init containers first: ours are sidecars that go on running.
fn init_containers(
    cluster: &IrisCluster,
    template: &PodTemplate,
    ours: Vec<Value>,
    containers: &[Value],
    path: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<Value> {
    let Some(Value::Array(theirs)) = template.spec.get("initContainers") else { return ours };
    let name = |value: &Value| value.get("name").and_then(Value::as_str).map(str::to_owned);
    for (at, container) in theirs.iter().enumerate() {
        let taken = ours.iter().chain(containers).any(|known| name(known) == name(container));
        if taken {
            let message =
                format!("`{}` is the name of a container of the pod itself", name(container).unwrap_or_default());
            found.push(
                Diagnostic::error(DiagnosticId::ContainerNameTaken, message)
                    .at(cluster.sources.nearest(&format!("{path}.spec.initContainers[{at}].name")), "choose another"),
            );
        }
    }
    theirs.iter().cloned().chain(ours).collect()
}

/// The cluster's pull secrets and those of the template, each name once.
fn pull_secrets(cluster: &IrisCluster, template: &PodTemplate) -> Vec<Value> {
    let mut secrets: Vec<Value> = Vec::new();
    let theirs = template.spec.get("imagePullSecrets").and_then(Value::as_array).into_iter().flatten().cloned();
    for secret in cluster.image_pull_secrets.iter().map(|name| json!({"name": name})).chain(theirs) {
        if !secrets.contains(&secret) {
            secrets.push(secret);
        }
    }
    secrets
}

/// Preferred zones are added to whatever the manifest wants of nodes; a `podAntiAffinity` of the manifest stands
/// instead of ours.
fn affinity(template: &PodTemplate, zones: &[String], apart: &[Value]) -> Value {
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    let given = template.spec.get("affinity").filter(|value| !value.is_null());
    let mut affinity = match given {
        Some(Value::Object(given)) => given.clone(),
        _ => Map::new(),
    };
    if !zones.is_empty() {
        let node = affinity.entry("nodeAffinity").or_insert_with(|| json!({}));
        let list = node.as_object_mut().map(|node| node.entry(PREFERRED).or_insert_with(|| json!([])));
        if let Some(Value::Array(list)) = list {
            list.push(json!({
                "weight": 100,
                "preference": {"matchExpressions": [
                    {"key": "topology.kubernetes.io/zone", "operator": "In", "values": zones},
                ]},
            }));
        }
    }
    if !apart.is_empty() {
        affinity.entry("podAntiAffinity").or_insert_with(|| json!({PREFERRED: apart}));
    }
    // An empty affinity is kept by the server, so it must be the manifest's own.
    if affinity.is_empty() && given.is_none() { Value::Null } else { affinity.into() }
}

/// Soft rules against sharing a node, and less strongly a zone, with pods of these labels.
pub(super) fn apart_from(labels: &Labels) -> Vec<Value> {
    [(100, "kubernetes.io/hostname"), (50, "topology.kubernetes.io/zone")]
        .into_iter()
        .map(|(weight, key)| {
            json!({"weight": weight, "podAffinityTerm": {
                "labelSelector": {"matchLabels": labels}, "topologyKey": key,
            }})
        })
        .collect()
}
