//! How the clusters of a namespace stand.

use iriskit_kubernetes::views::ConfigMap;
use iriskit_state::{
    record::Record,
    status::{FORMAT_VERSION, StatusReport},
};
use jiff::Timestamp;

use super::{
    absent_clusters::owner, conversation::Dialogue, error::PlanError, expansion::record, question::Read, reading::Round,
};
use crate::plan::{
    live::Live,
    ownership::{applyset, lock::lease_ref},
    status::cluster_status,
};

/// What was read of the clusters of a namespace.
#[derive(Debug)]
pub struct SeenClusters {
    namespace: String,
    records: Vec<(String, Record)>,
    live: Live,
}

impl SeenClusters {
    /// How they stand at `now`, a moment after they were read: by it statuses are old or not.
    pub fn report(&self, now: Timestamp) -> StatusReport {
        let status = |(name, record): &(String, Record)| cluster_status(&self.namespace, name, record, &self.live, now);
        let clusters: Vec<_> = self.records.iter().map(status).collect();
        let unknown: Vec<String> = self.live.refused().map(|(read, why)| format!("{read}: {why}")).collect();
        StatusReport {
            format_version: FORMAT_VERSION.to_owned(),
            at: now.to_string(),
            namespace: self.namespace.clone(),
            healthy: unknown.is_empty() && clusters.iter().all(|cluster| cluster.problems.is_empty()),
            clusters,
            unknown,
        }
    }
}

/// Looks at the cluster of this name, or at all clusters of the namespace. Asks only to read.
pub async fn status(dialogue: Dialogue, namespace: &str, name: Option<&str>) -> Result<SeenClusters, PlanError> {
    let mut live = Live::default();
    let mut round = Round::new(&dialogue);
    let books = match name {
        Some(name) => Read::Get(applyset::record_ref(namespace, name)),
        None => Read::list("v1", "ConfigMap", namespace),
    };
    let kinds = [("apps/v1", "StatefulSet"), ("v1", "Service"), ("v1", "Pod")];
    let lists = kinds.map(|(api_version, kind)| Read::list(api_version, kind, namespace));
    round.read([books].into_iter().chain(lists), &mut live).await;
    let mut names: Vec<String> = live
        .of_kind("ConfigMap", namespace)
        .filter_map(|map| owner(namespace, ConfigMap::new(map)))
        .map(str::to_owned)
        .collect();
    names.sort();
    round.read(names.iter().map(|name| Read::Get(lease_ref(namespace, name))), &mut live).await;
    round.recorded(names.iter().map(|name| (namespace, name.as_str())), &mut live).await?;
    let mut records = Vec::new();
    for name in names {
        if let Some(record) = record(namespace, &name, &live)? {
            records.push((name, record));
        }
    }
    Ok(SeenClusters { namespace: namespace.to_owned(), records, live })
}
