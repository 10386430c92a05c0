//! Mirror, arbiter and license.

use super::super::IrisCluster;
use crate::diagnostic::{Diagnostic, DiagnosticId};

pub(super) fn check(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) {
    let topology = &cluster.topology;
    let mirrored = cluster.sources.nearest("spec.topology.data.mirrored");
    match (topology.data.mirrored, &topology.arbiter) {
        (true, None) => found.push(
            Diagnostic::warning(DiagnosticId::NoArbiter, "a mirror without an arbiter can't fail over in every outage")
                .at(mirrored, "mirrored here")
                .help("add `topology.arbiter` with its image"),
        ),
        (false, Some(_)) => found.push(
            Diagnostic::warning(DiagnosticId::ArbiterUnused, "an arbiter without a mirror does nothing")
                .at(cluster.sources.nearest("spec.topology.arbiter"), "the arbiter")
                .at(cluster.sources.nearest("spec.topology.data"), "not `mirrored: true`"),
        ),
        _ => {}
    }
    if cluster.license_key_secret.is_none() && (topology.data.mirrored || topology.compute.is_some()) {
        let (what, path) = if topology.data.mirrored {
            ("mirroring", "spec.topology.data.mirrored")
        } else {
            ("ECP", "spec.topology.compute")
        };
        found.push(
            Diagnostic::note(DiagnosticId::NoLicense, format!("{what} needs a license key, and none is given"))
                .at(cluster.sources.nearest(path), "")
                .help("name a Secret with the key `iris.key` in `spec.licenseKeySecret`"),
        );
    }
}
