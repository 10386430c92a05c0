//! Secrets and ConfigMaps that a cluster needs and does not make.

use serde_json::Value;

use crate::{
    diagnostic::Position,
    topology::{IrisCluster, PodTemplate},
};

/// An object that must be there for pods to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its name, in the cluster's namespace.
    pub name: String,
    /// What for: `license key`, `pull secret`, `web gateway login` …
    pub why: String,
    /// Keys that it must hold, as far as that is known.
    pub keys: Vec<String>,
    /// Where the manifest names it.
    pub position: Option<Position>,
}

/// Everything that is referenced, in the order of the manifest; an object that serves several purposes stands several
/// times.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct References {
    /// Secrets.
    pub secrets: Vec<Reference>,
    /// ConfigMaps.
    pub config_maps: Vec<Reference>,
}

/// Collects the references of a cluster.
pub(super) fn of(cluster: &IrisCluster) -> References {
    let mut found = Collector { cluster, references: References::default() };
    if let Some(name) = &cluster.license_key_secret {
        found.secret(name, "license key", &["iris.key"], "spec.licenseKeySecret.name");
    }
    if let Some(name) = &cluster.config_source {
        found.config_map(name, "CPF and web gateway text", &[], "spec.configSource.name");
    }
    for (at, name) in cluster.image_pull_secrets.iter().enumerate() {
        found.secret(name, "pull secret", &[], &format!("spec.imagePullSecrets[{at}].name"));
    }
    let topology = &cluster.topology;
    let data = &topology.data;
    found.node("data", &data.iris.pods.template);
    found.login(data.iris.webgateway.as_ref(), "spec.topology.data.webgateway");
    if let Some(compute) = &topology.compute {
        found.node("compute", &compute.iris.pods.template);
        found.login(compute.iris.webgateway.as_ref(), "spec.topology.compute.webgateway");
    }
    if let Some(arbiter) = &topology.arbiter {
        found.node("arbiter", &arbiter.pods.template);
    }
    if let Some(gateways) = &topology.webgateway {
        found.node("webgateway", &gateways.pods.template);
        found.login(Some(&gateways.gateway), "spec.topology.webgateway");
    }
    let compute_mounts = topology.compute.iter().flat_map(|compute| &compute.iris.volume_mounts);
    let mounts: Vec<Value> = data.iris.volume_mounts.iter().chain(compute_mounts).cloned().collect();
    for (at, volume) in cluster.volumes.iter().enumerate() {
        let name = volume.get("name").and_then(Value::as_str).unwrap_or_default();
        if super::storage::is_mounted(name, &mounts) {
            found.volume(volume, &format!("volume {name}"), &format!("spec.volumes[{at}]"));
        }
    }
    found.references
}

struct Collector<'a> {
    cluster: &'a IrisCluster,
    references: References,
}

impl Collector<'_> {
    fn reference(&self, name: &str, why: &str, keys: &[&str], path: &str) -> Reference {
        Reference {
            name: name.to_owned(),
            why: why.to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            position: self.cluster.sources.nearest(path).cloned(),
        }
    }

    fn secret(&mut self, name: &str, why: &str, keys: &[&str], path: &str) {
        let reference = self.reference(name, why, keys, path);
        push(&mut self.references.secrets, reference);
    }

    fn config_map(&mut self, name: &str, why: &str, keys: &[&str], path: &str) {
        let reference = self.reference(name, why, keys, path);
        push(&mut self.references.config_maps, reference);
    }

    fn login(&mut self, gateway: Option<&crate::topology::Gateway>, path: &str) {
        if let Some(name) = gateway.and_then(|gateway| gateway.login_secret.as_ref()) {
            self.secret(name, "web gateway login", &["username", "password"], &format!("{path}.loginSecret.name"));
        }
    }

    /// Pull secrets, variables and init containers of a pod template.
    fn node(&mut self, node: &str, template: &PodTemplate) {
        let path = format!("spec.topology.{node}.podTemplate.spec");
        for (at, secret) in items(template.spec.get("imagePullSecrets")) {
            if let Some(name) = text(secret, "/name") {
                self.secret(name, "pull secret", &[], &format!("{path}.imagePullSecrets[{at}].name"));
            }
        }
        self.variables(template.spec.get("env"), template.spec.get("envFrom"), &path);
        for (at, container) in items(template.spec.get("initContainers")) {
            self.variables(container.get("env"), container.get("envFrom"), &format!("{path}.initContainers[{at}]"));
        }
    }

    fn variables(&mut self, env: Option<&Value>, env_from: Option<&Value>, path: &str) {
        for (at, variable) in items(env) {
            let why = format!("variable {}", text(variable, "/name").unwrap_or_default());
            let path = format!("{path}.env[{at}]");
            let key = |from: &str| text(variable, &format!("/valueFrom/{from}/key")).into_iter().collect::<Vec<_>>();
            if let Some(name) = needed(variable.pointer("/valueFrom/secretKeyRef"), "name") {
                self.secret(name, &why, &key("secretKeyRef"), &path);
            }
            if let Some(name) = needed(variable.pointer("/valueFrom/configMapKeyRef"), "name") {
                self.config_map(name, &why, &key("configMapKeyRef"), &path);
            }
        }
        for (at, source) in items(env_from) {
            let path = format!("{path}.envFrom[{at}]");
            if let Some(name) = needed(source.get("secretRef"), "name") {
                self.secret(name, "variables", &[], &path);
            }
            if let Some(name) = needed(source.get("configMapRef"), "name") {
                self.config_map(name, "variables", &[], &path);
            }
        }
    }

    fn volume(&mut self, volume: &Value, why: &str, path: &str) {
        if let Some(name) = needed(volume.get("secret"), "secretName") {
            self.secret(name, why, &[], &format!("{path}.secret.secretName"));
        }
        if let Some(name) = needed(volume.get("configMap"), "name") {
            self.config_map(name, why, &[], &format!("{path}.configMap.name"));
        }
        for (at, source) in items(volume.pointer("/projected/sources")) {
            let path = format!("{path}.projected.sources[{at}]");
            if let Some(name) = needed(source.get("secret"), "name") {
                self.secret(name, why, &[], &path);
            }
            if let Some(name) = needed(source.get("configMap"), "name") {
                self.config_map(name, why, &[], &path);
            }
        }
    }
}

fn push(references: &mut Vec<Reference>, reference: Reference) {
    let known = references.iter().any(|known| known.name == reference.name && known.why == reference.why);
    if !known {
        references.push(reference);
    }
}

/// The name in a reference, unless it is optional.
fn needed<'a>(reference: Option<&'a Value>, field: &str) -> Option<&'a str> {
    let reference = reference?;
    let optional = reference.get("optional").and_then(Value::as_bool).unwrap_or(false);
    reference.get(field).and_then(Value::as_str).filter(|_| !optional)
}

fn items(list: Option<&Value>) -> impl Iterator<Item = (usize, &Value)> {
    list.and_then(Value::as_array).into_iter().flatten().enumerate()
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}
