//! A cluster in one line.

use crate::topology::{Dialect, IrisCluster};

/// `mirrored pair · arbiter · 1 web gateway · sidecar web gateways · irishealth 2023.3 (dialect 3.6)`.
pub(crate) fn summary(cluster: &IrisCluster) -> String {
    let topology = &cluster.topology;
    let data = &topology.data;
    let mut parts = vec![match (data.shards, data.mirrored, data.members().len()) {
        (None, true, 2) => "mirrored pair".to_owned(),
        (None, true, members) => format!("mirror of {members} members"),
        (None, false, _) => "stand-alone".to_owned(),
        (Some(shards), true, 2) => format!("{}, mirrored pairs", counted(shards, "shard")),
        (Some(shards), true, members) => format!("{}, mirrors of {members} members", counted(shards, "shard")),
        (Some(shards), false, _) => counted(shards, "shard"),
    }];
    if topology.arbiter.is_some() {
        parts.push("arbiter".into());
    }
    if let Some(compute) = &topology.compute {
        parts.push(counted(compute.replicas, "compute node"));
    }
    if let Some(gateways) = &topology.webgateway {
        parts.push(counted(gateways.replicas, "web gateway"));
    }
    if data.iris.webgateway.is_some()
        || topology.compute.as_ref().is_some_and(|compute| compute.iris.webgateway.is_some())
    {
        parts.push("sidecar web gateways".into());
    }
    parts.push(format!("{} (dialect {})", image(&data.iris.image), Dialect::of(cluster.compatibility())));
    parts.join(" · ")
}

fn counted(count: u32, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// `irishealth 2023.3` for `registry/intersystems/irishealth:2023.3`; a digest is cut to what tells it apart.
fn image(reference: &str) -> String {
    let name = reference.rsplit('/').next().unwrap_or(reference);
    let (name, digest) = name.split_once('@').map_or((name, None), |(name, digest)| (name, Some(digest)));
    let short = digest.map(|digest| digest.chars().take(19).collect::<String>());
    match (name.split_once(':'), short) {
        (Some((name, tag)), _) => format!("{name} {tag}"),
        (None, Some(digest)) => format!("{name}@{digest}"),
        (None, None) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::{Arbiter, Compute, Gateway, ReleaseVersion, StandAlone};

    #[test]
    fn a_cluster_in_one_line() {
        let mut cluster = IrisCluster::default();
        cluster.topology.data.iris.image = "host:5000/intersystems/irishealth:2023.3".into();
        cluster.topology.data.iris.compatibility_version = ReleaseVersion::parse("2023.3");
        assert_eq!(summary(&cluster), "stand-alone · irishealth 2023.3 (dialect 3.6)");
        cluster.topology.data.mirrored = true;
        cluster.topology.data.iris.webgateway = Some(Gateway::default());
        cluster.topology.arbiter = Some(Arbiter::default());
        cluster.topology.compute = Some(Compute { replicas: 2, ..Compute::default() });
        cluster.topology.webgateway = Some(StandAlone { replicas: 1, ..StandAlone::default() });
        assert_eq!(
            summary(&cluster),
            "mirrored pair · arbiter · 2 compute nodes · 1 web gateway · sidecar web gateways · irishealth 2023.3 (dialect 3.6)"
        );
    }

    #[test]
    fn images_by_tag_or_digest() {
        for (reference, expected) in [
            ("iris", "iris"),
            ("r:5000/a/iris", "iris"),
            ("a/iris:2024.1@sha256:0123456789abcdef", "iris 2024.1"),
            ("a/iris@sha256:0123456789abcdef", "iris@sha256:0123456789ab"),
        ] {
            assert_eq!(image(reference), expected);
        }
    }
}
