//! One document → `IrisCluster`.

use super::{
    fields::CLUSTER,
    reader::{Field, Reader, sources},
    syntax,
    yaml::Node,
};
use crate::topology::IrisCluster;

/// The longest name of a StatefulSet that leaves its pods room for the revision in a label of 63 characters.
pub(super) const LONGEST_SET: usize = 52;

impl Reader<'_> {
    /// Reads an `IrisCluster`. `None` when not even its name or its namespace is known.
    pub(super) fn cluster(&mut self, root: &Node, default_namespace: &str) -> Option<IrisCluster> {
        let document = Field { path: String::new(), key: None, node: root };
        let mut cluster =
            IrisCluster { sources: sources(root, self.input), manifest: root.to_value(), ..IrisCluster::default() };
        CLUSTER.read(self, &document, &mut cluster)?;
        let metadata = document.entry("metadata")?;
        if let Some(name) = metadata.entry("name")
            && !cluster.name.is_empty()
        {
            self.cluster_name(&name, &cluster);
        }
        if metadata.entry("namespace").is_none() {
            default_namespace.clone_into(&mut cluster.namespace);
        }
        (!cluster.name.is_empty() && !cluster.namespace.is_empty()).then_some(cluster)
    }

    /// The cluster's name is a Service's name, and with `-webgateway` and the like a StatefulSet's, which may
    /// have 52 characters: its pods carry the label `controller-revision-hash`, NAME-HASH, of at most 63.
    fn cluster_name(&mut self, field: &Field<'_>, cluster: &IrisCluster) {
        if let Some(problem) = syntax::service_name(&cluster.name) {
            self.bad_name(field, &cluster.name, &problem);
            return;
        }
        let topology = &cluster.topology;
        let last_shard = topology.data.shards.unwrap_or(1).saturating_sub(1);
        let data = if topology.data.mirrored { format!("-data-{last_shard}") } else { "-data".to_owned() };
        let longest = [
            Some(data),
            topology.arbiter.as_ref().map(|_| "-arbiter".to_owned()),
            topology.compute.as_ref().map(|_| "-compute".to_owned()),
            topology.webgateway.as_ref().map(|_| "-webgateway".to_owned()),
        ]
        .into_iter()
        .flatten()
        .max_by_key(String::len)
        .unwrap_or_default();
        let length = cluster.name.len() + longest.len();
        if length > LONGEST_SET {
            let (name, over) = (&cluster.name, length - LONGEST_SET);
            let problem = format!("too long by {over}: StatefulSet {name}{longest} may have {LONGEST_SET} characters");
            self.bad_name(field, name, &problem);
        }
    }
}
