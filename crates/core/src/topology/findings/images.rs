//! Images against what is asked of them.

use super::super::{Dialect, IrisCluster, ReleaseVersion};
use crate::diagnostic::{Diagnostic, DiagnosticId};

pub(super) fn check(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) {
    let data = &cluster.topology.data;
    community(cluster, &data.iris.image, "data", found);
    version(cluster, &data.iris.image, data.iris.compatibility_version.as_ref(), "data", found);
    older(cluster, found);
    if let Some(compute) = &cluster.topology.compute {
        community(cluster, &compute.iris.image, "compute", found);
        version(cluster, &compute.iris.image, compute.iris.compatibility_version.as_ref(), "compute", found);
    }
}

/// The Community Edition has no mirroring, no ECP and no sharding.
fn community(cluster: &IrisCluster, image: &str, node: &str, found: &mut Vec<Diagnostic>) {
    let name = image.rsplit('/').next().and_then(|last| last.split([':', '@']).next()).unwrap_or_default();
    if !name.contains("community") {
        return;
    }
    let data = &cluster.topology.data;
    let asks = [
        (data.mirrored, "spec.topology.data.mirrored", "mirroring"),
        (cluster.topology.compute.is_some(), "spec.topology.compute", "compute nodes (ECP)"),
        (data.shards.is_some(), "spec.topology.data.shards", "sharding"),
    ];
    // Of the compute nodes' image only what they need themselves: the rest is said of the data nodes' image.
    let of_node = |path: &str| node == "data" || path == "spec.topology.compute";
    for (_, path, what) in asks.into_iter().filter(|(asked, path, _)| *asked && of_node(path)) {
        let place = format!("spec.topology.{node}.image");
        found.push(
            Diagnostic::error(DiagnosticId::CommunityImage, format!("the Community Edition has no {what}"))
                .at(cluster.sources.nearest(&place), "this image is the Community Edition")
                .at(cluster.sources.nearest(path), "asked for here")
                .help("use an image that is not Community, with a license key in `spec.licenseKeySecret`"),
        );
    }
}

fn version(
    cluster: &IrisCluster,
    image: &str,
    compatibility: Option<&ReleaseVersion>,
    node: &str,
    found: &mut Vec<Diagnostic>,
) {
    let Some(tag) = ReleaseVersion::of_image(image) else { return };
    let image_at = cluster.sources.nearest(&format!("spec.topology.{node}.image"));
    // The text that is made is refused by an older IRIS, or worse: without complaint it makes no mirror.
    if Dialect::of(Some(&tag)) != Dialect::of(None) && Dialect::of(compatibility) == Dialect::of(None) {
        let message =
            format!("image release {tag} wants the CPF text of releases before 2023.1, which is not expanded yet");
        found.push(
            Diagnostic::error(DiagnosticId::NotExpandedYet, message)
                .at(image_at, "this version of iriskit can't make it")
                .help("the CPF text that is made is that of 2023.1 and newer"),
        );
        return;
    }
    if let Some(said) = compatibility.filter(|said| release(said) != release(&tag)) {
        let path = format!("spec.topology.{node}.compatibilityVersion");
        let message = format!("compatibilityVersion {said} is not the release of the image, {tag}");
        found.push(
            Diagnostic::warning(DiagnosticId::VersionMismatch, message)
                .at(cluster.sources.nearest(&path), format!("says {said}"))
                .at(image_at, format!("is {tag}")),
        );
    }
}

/// Web gateways and arbiters that are older than the IRIS they serve.
fn older(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) {
    let topology = &cluster.topology;
    let data = &topology.data;
    let compute = topology.compute.as_ref();
    let iris: Vec<(&str, ReleaseVersion)> = [
        Some(("spec.topology.data.image", &data.iris.image)),
        compute.map(|compute| ("spec.topology.compute.image", &compute.iris.image)),
    ]
    .into_iter()
    .flatten()
    .filter_map(|(path, image)| Some((path, ReleaseVersion::of_image(image)?)))
    .collect();
    let gateways = [
        ("spec.topology.webgateway.image", topology.webgateway.as_ref().map(|gateway| &gateway.gateway)),
        ("spec.topology.data.webgateway.image", data.iris.webgateway.as_ref()),
        ("spec.topology.compute.webgateway.image", compute.and_then(|compute| compute.iris.webgateway.as_ref())),
    ];
    let newer_than = |image: &str| {
        let version = ReleaseVersion::of_image(image)?;
        let (path, iris) = iris.iter().find(|(_, iris)| is_older(&version, iris))?;
        Some((version, *path, iris))
    };
    let explained =
        |diagnostic: Diagnostic, path: &str, version: &ReleaseVersion, newer: &str, iris: &ReleaseVersion| {
            diagnostic
                .at(cluster.sources.nearest(path), format!("is {version}"))
                .at(cluster.sources.nearest(newer), format!("is {iris}"))
        };
    for (path, gateway) in gateways {
        let Some((version, newer, iris)) = gateway.and_then(|gateway| newer_than(&gateway.image)) else { continue };
        let message = format!("a web gateway of {version} is older than IRIS {iris}");
        let diagnostic = Diagnostic::warning(DiagnosticId::GatewayOlder, message)
            .help("InterSystems supports a gateway that is newer than IRIS, not one that is older");
        found.push(explained(diagnostic, path, &version, newer, iris));
    }
    if let Some((version, newer, iris)) = topology.arbiter.as_ref().and_then(|arbiter| newer_than(&arbiter.image)) {
        let message = format!("an arbiter of {version} is older than IRIS {iris}");
        let diagnostic = Diagnostic::warning(DiagnosticId::ArbiterOlder, message)
            .help("InterSystems recommends an arbiter that is no older than the newest mirror member");
        found.push(explained(diagnostic, "spec.topology.arbiter.image", &version, newer, iris));
    }
}

/// Whether the first number that both say and that differs is lower. A short tag moves, so what it leaves out is unknown.
fn is_older(one: &ReleaseVersion, other: &ReleaseVersion) -> bool {
    one.0.iter().zip(&other.0).find_map(|(one, other)| (one != other).then_some(one < other)).unwrap_or(false)
}

/// Year and number: `2023.3` of `2023.3.0.254.0`.
fn release(version: &ReleaseVersion) -> Vec<u32> {
    version.0.iter().take(2).copied().collect()
}
