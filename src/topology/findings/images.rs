//! Images against what is asked of them.

use super::super::{Dialect, IrisCluster, ReleaseVersion};
use crate::diagnostic::Diagnostic;

pub(super) fn check(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) {
    let data = &cluster.topology.data;
    community(cluster, &data.image, "data", found);
    version(cluster, &data.image, data.compatibility_version.as_ref(), "data", found);
    if let Some(compute) = &cluster.topology.compute {
        community(cluster, &compute.image, "compute", found);
        version(cluster, &compute.image, compute.compatibility_version.as_ref(), "compute", found);
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
            Diagnostic::error("community-image", format!("the Community Edition has no {what}"))
                .at(cluster.sources.nearest(&place), "this image is the Community Edition")
                .at(cluster.sources.nearest(path), "asked for here")
                .help("use an image that is not Community, with a licence key in `spec.licenseKeySecret`"),
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
    let image_path = format!("spec.topology.{node}.image");
    let image_at = cluster.sources.nearest(&image_path);
    match compatibility {
        Some(said) if release(said) != release(&tag) => {
            let path = format!("spec.topology.{node}.compatibilityVersion");
            let message = format!("compatibilityVersion {said} is not the release of the image, {tag}");
            found.push(
                Diagnostic::warning("version-mismatch", message)
                    .at(cluster.sources.nearest(&path), format!("says {said}"))
                    .at(image_at, format!("is {tag}")),
            );
        }
        None if Dialect::of(Some(&tag)) != Dialect::of(None) => {
            let message =
                format!("image release {tag} is older than the CPF text that is made without compatibilityVersion");
            found.push(
                Diagnostic::warning("version-mismatch", message)
                    .at(image_at, format!("is {tag}"))
                    .help("without `compatibilityVersion` the CPF text is that of 2023.1 and newer"),
            );
        }
        _ => {}
    }
}

/// Year and number: `2023.3` of `2023.3.0.254.0`.
fn release(version: &ReleaseVersion) -> Vec<u32> {
    version.0.iter().take(2).copied().collect()
}
