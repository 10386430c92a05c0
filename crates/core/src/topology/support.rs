//! What a manifest may say that this version does not expand. Each is refused by name: nothing that a user wrote is
//! dropped in silence. A field leaves this list in the commit that expands it.

use super::{Dialect, IrisCluster, MirrorMember, Storage};

/// A field that is read but not expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// Dotted path of the field.
    pub path: String,
    /// What it asks for.
    pub what: &'static str,
}

/// Everything in `cluster` that this version does not expand.
pub fn unsupported(cluster: &IrisCluster) -> Vec<Unsupported> {
    let topology = &cluster.topology;
    let data = &topology.data;
    let tls = &cluster.tls;
    let old = |version| Dialect::of(version) == Dialect::Iko33;
    let compute = topology.compute.as_ref();
    let mut found = Vec::new();
    let mut refuse = |given: bool, path: &str, what| {
        if given {
            found.push(Unsupported { path: path.to_owned(), what });
        }
    };
    refuse(cluster.password_hash.is_some(), "spec.passwordHash", "the password form of IKO 2");
    refuse(tls.common.is_some(), "spec.tls.common", "TLS");
    refuse(tls.mirror.is_some(), "spec.tls.mirror", "TLS between mirror members");
    refuse(tls.webgateway.is_some(), "spec.tls.webgateway", "TLS of the web gateway");
    refuse(tls.superserver.is_some(), "spec.tls.superserver", "TLS of the superserver");
    refuse(tls.ecp.is_some(), "spec.tls.ecp", "TLS of ECP connections");
    refuse(topology.sam.is_some(), "spec.topology.sam", "System Alerting and Monitoring");
    refuse(topology.iam.is_some(), "spec.topology.iam", "the InterSystems API Manager");
    refuse(data.shards.is_some(), "spec.topology.data.shards", "sharding");
    let pair = [MirrorMember::Primary, MirrorMember::Backup];
    let other_map = data.mirror_map.as_ref().is_some_and(|map| *map != pair);
    refuse(other_map, "spec.topology.data.mirrorMap", "a mirror of other members than `primary,backup`");
    refuse(!data.iris_databases.is_empty(), "spec.topology.data.irisDatabases", "databases");
    refuse(!data.iris_namespaces.is_empty(), "spec.topology.data.irisNamespaces", "IRIS namespaces");
    let version = "spec.topology.data.compatibilityVersion";
    refuse(old(data.compatibility_version.as_ref()), version, "the CPF text of releases before 2023.1");
    let single = |storage: &Storage| storage.single.is_some();
    refuse(single(&data.storage), "spec.topology.data.storage", "the single volume of IKO 2.0");
    if let Some(compute) = compute {
        let version = "spec.topology.compute.compatibilityVersion";
        refuse(old(compute.compatibility_version.as_ref()), version, "the CPF text of releases before 2023.1");
        refuse(single(&compute.storage), "spec.topology.compute.storage", "the single volume of IKO 2.0");
        refuse(compute.ephemeral, "spec.topology.compute.ephemeral", "compute nodes without volumes");
    }
    found
}
