//! The iris container and its volumes: what data and compute pods share.

use iriskit_state::plan::DiagnosticId;
use serde_json::{Value, json};

use super::{
    container::{Container, tcp_probe},
    storage,
};
use crate::{
    diagnostic::Diagnostic,
    topology::{IrisCluster, IrisNode, PodTemplate},
};

/// Where the CPF merge file's directory is mounted.
const CPF: &str = "/iriskit/cpf";
/// Where the license key's directory is mounted.
const LICENSE: &str = "/iriskit/license";
/// The superserver's port.
pub(super) const SUPERSERVER: u16 = 1972;
/// The port of the private web server, where the image has one.
pub(super) const PRIVATE_WEB_SERVER: u16 = 52773;
/// Seconds to stop in: more than IRIS' own ShutdownTimeout of 300.
pub(super) const GRACE: u32 = 600;
/// The least grace that lets IRIS' ShutdownTimeout and a little more pass.
const LEAST_GRACE: i64 = 330;

/// An iris container, and its pod's volumes without the claims.
pub(super) struct Iris {
    pub(super) container: Container,
    pub(super) volumes: Vec<Value>,
}

/// What tells data from compute.
pub(super) struct Role<'a> {
    pub(super) node: &'a IrisNode,
    /// Key of the ConfigMap, `data.cpf`.
    pub(super) cpf: &'static str,
    /// Name of the ConfigMap.
    pub(super) config_map: &'a str,
    /// Where the node stands.
    pub(super) path: &'static str,
}

/// The container before the manifest's `podTemplate` is laid over it.
pub(super) fn iris(cluster: &IrisCluster, role: &Role<'_>, found: &mut Vec<Diagnostic>) -> Iris {
    let mut container = Container::new("iris", &role.node.image)
        .env("ISC_DATA_DIRECTORY", "/irissys/data/IRIS")
        .env("ISC_CPF_MERGE_FILE", &format!("{CPF}/{}", role.cpf))
        .port("superserver", SUPERSERVER)
        .with("startupProbe", tcp_probe(SUPERSERVER, 10, 60))
        .with("readinessProbe", tcp_probe(SUPERSERVER, 10, 3));
    // A sidecar web gateway answers on port `webserver` itself.
    if role.node.webgateway.is_none() {
        container = container.port("webserver", PRIVATE_WEB_SERVER);
    }
    for (volume, directory, _) in storage::predefined_of(&role.node.storage) {
        container = container.mount(volume, directory);
    }
    container = container.mount_read_only("cpf", CPF);
    let mut volumes = vec![json!({"name": "cpf", "configMap": {"name": role.config_map}})];
    if let Some(secret) = &cluster.license_key_secret {
        container = container.mount_read_only("license", LICENSE);
        volumes.push(json!({"name": "license", "secret": {"secretName": secret}}));
        if names_a_key(&role.node.pods.template) {
            found.push(
                Diagnostic::note(
                    DiagnosticId::KeyOverridden,
                    "`args` give `--key`, so that of `licenseKeySecret` is left out",
                )
                .at(cluster.sources.nearest(&format!("{}.podTemplate.spec.args", role.path)), ""),
            );
        } else {
            container.args.extend(["--key".into(), format!("{LICENSE}/iris.key").into()]);
        }
    }
    container.mounts.extend(role.node.volume_mounts.iter().cloned());
    volumes.extend(storage::volumes(cluster, &role.node.volume_mounts));
    short_grace(cluster, role, found);
    Iris { container, volumes }
}

fn names_a_key(template: &PodTemplate) -> bool {
    let args = template.spec.get("args").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    args.flat_map(str::split_whitespace).any(|arg| arg == "-k" || arg == "--key" || arg.starts_with("--key="))
}

fn short_grace(cluster: &IrisCluster, role: &Role<'_>, found: &mut Vec<Diagnostic>) {
    let Some(grace) = role.node.pods.template.spec.get("terminationGracePeriodSeconds").and_then(Value::as_i64) else {
        return;
    };
    if grace < LEAST_GRACE {
        let path = format!("{}.podTemplate.spec.terminationGracePeriodSeconds", role.path);
        found.push(
            Diagnostic::warning(DiagnosticId::GraceTooShort, format!("IRIS may need more than {grace} s to stop"))
                .at(cluster.sources.nearest(&path), "")
                .help(
                    "IRIS waits up to 300 s for its processes; a killed instance needs recovery and can't be upgraded",
                ),
        );
    }
}
