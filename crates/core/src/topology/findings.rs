//! What does not fit together inside one `IrisCluster`, though every field alone is fine.

mod databases;
mod gateways;
mod images;
mod mirror;
mod volumes;

use super::IrisCluster;
use crate::diagnostic::Diagnostic;
use iriskit_state::plan::DiagnosticId;

/// Everything that is wrong or worth knowing about a cluster as a whole.
///
/// Errors: `bad-value`, `not-expanded-yet`, `community-image`, `unknown-volume`, `duplicate-volume`, `reserved-path`.
/// Warnings: `version-mismatch`, `gateway-older`, `arbiter-older`, `gateway-needs-root`,
/// `gateway-paths-unserved`, `no-arbiter`, `arbiter-unused`, `unused-volume`, `no-replicas`.
/// Notes: `no-license`, `portal-follows-mirror`.
pub(crate) fn findings(cluster: &IrisCluster) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    images::check(cluster, &mut found);
    gateways::check(cluster, &mut found);
    mirror::check(cluster, &mut found);
    volumes::check(cluster, &mut found);
    databases::check(cluster, &mut found);
    replicas(cluster, &mut found);
    found
}

fn replicas(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) {
    let topology = &cluster.topology;
    let counts = [
        ("spec.topology.compute.replicas", topology.compute.as_ref().map(|compute| compute.replicas)),
        ("spec.topology.webgateway.replicas", topology.webgateway.as_ref().map(|gateway| gateway.replicas)),
    ];
    for (path, count) in counts {
        if count == Some(0) {
            let message = format!("`{path}` is 0: no pods will run");
            found.push(Diagnostic::warning(DiagnosticId::NoReplicas, message).at(cluster.sources.nearest(path), ""));
        }
    }
}
