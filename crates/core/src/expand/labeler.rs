//! The sidecar that keeps the label `mirrorRole` true, and what it needs.

use iriskit_state::plan::{Component, Stage};
use serde_json::{Value, json};

use super::{
    Desired, Inputs,
    container::{Container, script},
    labels, names,
    object::{self, ROLE, ROLE_BINDING, SERVICE_ACCOUNT, object},
    pod::Pod,
};
use crate::{
    diagnostic::{Diagnostic, DiagnosticId},
    topology::IrisCluster,
};
use iriskit_kubernetes::schema::ObjectRef;

/// Annotation of an `IrisCluster` with the labeler's image.
pub(crate) const LABELER_IMAGE: &str = "iriskit/labeler-image";
/// The directory that the iris container's readiness probe writes and the labeler reads.
const STATUS: &str = "/iriskit/status";
/// What the readiness probe runs.
const WRITE_STATUS: &str = include_str!("mirror-status.sh");
const PLACE: (Stage, Component) = (Stage::Prerequisites, Component::Data);

/// The image of a cluster's labeler: what was given, else what its manifest says.
pub(crate) fn image(cluster: &IrisCluster, inputs: &Inputs) -> Option<String> {
    let given = inputs.labeler_image.as_ref().filter(|image| !image.trim().is_empty());
    given.or_else(|| annotated_image(cluster)).cloned()
}

/// The image that a cluster's manifest names.
pub(crate) fn annotated_image(cluster: &IrisCluster) -> Option<&String> {
    cluster.annotations.get(LABELER_IMAGE).filter(|image| !image.trim().is_empty())
}

/// The labeler of a cluster, as far as its image is known.
pub(super) struct Labeler {
    image: Option<String>,
}

impl Labeler {
    /// Finds the image; a mirrored cluster without one gets a warning.
    pub(super) fn of(cluster: &IrisCluster, inputs: &Inputs, found: &mut Vec<Diagnostic>) -> Self {
        let image = image(cluster, inputs);
        if image.is_none() && cluster.topology.data.mirrored {
            let message = format!(
                "label mirrorRole will not be set: Service {} will have no endpoints, and rolls will stop; \
                 adding the image later restarts both members",
                cluster.name
            );
            found.push(
                Diagnostic::warning(DiagnosticId::LabelerImageMissing, message)
                    .at(cluster.sources.nearest("spec.topology.data.mirrored"), "")
                    .help(format!("--labeler-image IMAGE, or annotation {LABELER_IMAGE} on the IrisCluster")),
            );
        }
        Self { image }
    }

    /// Adds the sidecar to a pod of mirrored data.
    pub(super) fn join(&self, cluster: &IrisCluster, pod: &mut Pod, found: &mut Vec<Diagnostic>) {
        pod.service_account = Some(names::labeler(cluster));
        let Some(image) = &self.image else { return };
        if cluster.topology.data.iris.pods.template.spec.contains_key("readinessProbe") {
            found.push(
                Diagnostic::warning(
                    DiagnosticId::ReadinessProbeSetAside,
                    "the readiness probe of mirror members tells the labeler their state, so `readinessProbe` is left out",
                )
                .at(cluster.sources.nearest("spec.topology.data.podTemplate.spec.readinessProbe"), ""),
            );
        }
        let probe = json!({
            "exec": {"command": ["/bin/sh", "-c", script(WRITE_STATUS), "mirror-status", STATUS]},
            "periodSeconds": 2,
            "timeoutSeconds": 2,
            // A slow answer under load must not take the primary out of its Service.
            "failureThreshold": 5,
        });
        pod.main.fixed_readiness = Some(probe);
        pod.main.mounts.push(json!({"name": "status", "mountPath": STATUS}));
        pod.init.push(sidecar(image));
        pod.volumes.push(json!({"name": "status", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}));
        pod.volumes.push(token());
    }
}

/// ServiceAccount, Role and RoleBinding: they let the data pods' account read and label those pods and no other.
pub(super) fn rights(cluster: &IrisCluster) -> Vec<Desired> {
    if !cluster.topology.data.mirrored {
        return Vec::new();
    }
    let name = names::labeler(cluster);
    let labels = labels::of(cluster, labels::DATA);
    let account =
        object(cluster, SERVICE_ACCOUNT, &name, &labels, json!({"automountServiceAccountToken": false}), PLACE);
    let rules = json!({"rules": [{
        "apiGroups": [""],
        "resources": ["pods"],
        "resourceNames": names::data_pods(cluster),
        "verbs": ["get", "patch"],
    }]});
    let role = object(cluster, ROLE, &name, &labels, rules, PLACE);
    let subject = account_of_pods(cluster).unwrap_or(&name);
    let binding = json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": subject, "namespace": cluster.namespace}],
    });
    let mut binding = object(cluster, ROLE_BINDING, &name, &labels, binding, PLACE);
    binding.depends_on = vec![account.object.clone(), role.object.clone()];
    let mut objects = vec![account, role, binding];
    for object in &mut objects {
        object.source = cluster.sources.nearest("spec.topology.data.mirrored").cloned();
    }
    objects
}

/// What the data StatefulSet of a mirrored cluster depends on.
pub(super) fn needed(cluster: &IrisCluster) -> Vec<ObjectRef> {
    if !cluster.topology.data.mirrored {
        return Vec::new();
    }
    let name = names::labeler(cluster);
    [SERVICE_ACCOUNT, ROLE, ROLE_BINDING].into_iter().map(|kind| object::reference(cluster, kind, &name)).collect()
}

fn sidecar(image: &str) -> Container {
    let field = |path: &str| json!({"fieldRef": {"apiVersion": "v1", "fieldPath": path}});
    let resources = json!({"cpu": "50m", "memory": "64Mi"});
    let mut container = Container::new("mirror-labeler", image)
        .mount_read_only("status", STATUS)
        .mount_read_only("labeler-token", "/var/run/secrets/kubernetes.io/serviceaccount")
        .with("restartPolicy", "Always".into())
        .with("resources", json!({"requests": resources, "limits": resources}))
        .with("securityContext", json!({"readOnlyRootFilesystem": true}))
        .restricted();
    container.args = vec!["mirror-labeler".into()];
    container.env = vec![
        json!({"name": "POD_NAME", "valueFrom": field("metadata.name")}),
        json!({"name": "POD_NAMESPACE", "valueFrom": field("metadata.namespace")}),
        json!({"name": "POD_UID", "valueFrom": field("metadata.uid")}),
    ];
    container
}

/// What a client inside the cluster looks for, for the labeler alone. `sources` is one value to the server, so its
/// defaults are written out.
fn token() -> Value {
    json!({"name": "labeler-token", "projected": {"sources": [
        {"serviceAccountToken": {"expirationSeconds": 3600, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [
            {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
        ]}},
    ]}})
}

/// The account that the manifest names for the data pods.
fn account_of_pods(cluster: &IrisCluster) -> Option<&str> {
    cluster.topology.data.iris.pods.template.spec.get("serviceAccountName").and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
