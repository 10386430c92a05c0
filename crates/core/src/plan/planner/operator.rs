//! The operator's own resource beside ours: as long as it is on the server, the operator would make again what we take away.

use iriskit_kubernetes::{
    names::{IRIS_API_VERSION, IRIS_CLUSTER},
    schema::ObjectRef,
};
use iriskit_state::plan::{Note, NoteId, Operation, Severity};

use super::question::Read;
use crate::plan::live::Live;

/// The custom resource of the operator under the cluster's name.
pub(crate) fn iris_cluster(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef::namespaced(IRIS_API_VERSION, IRIS_CLUSTER, namespace, name)
}

/// All of a namespace.
pub(crate) fn iris_clusters(namespace: &str) -> Read {
    Read::list(IRIS_API_VERSION, IRIS_CLUSTER, namespace)
}

/// An error for each of these clusters that the operator manages: the one reason, and the way out.
pub(crate) fn managed_by_operator<'a>(
    clusters: impl IntoIterator<Item = (&'a str, &'a str)>,
    operation: Operation,
    live: &Live,
) -> Vec<Note> {
    let managed = |(namespace, name): (&str, &str)| {
        let object = iris_cluster(namespace, name);
        live.get(&object)?;
        let delete = format!("kubectl delete iriscluster {name} --namespace {namespace}");
        let help = match operation {
            Operation::Apply => format!(
                "to take it over: stop the operator, `{delete} --cascade=orphan`, then plan again with `--adopt`; otherwise \
                 choose another name, or let the operator go on managing it"
            ),
            Operation::Destroy => format!(
                "the operator would make everything again: stop it and `{delete} --cascade=orphan` first, or let the operator \
                 remove the cluster with `{delete}`"
            ),
        };
        Some(Note {
            severity: Severity::Error,
            id: NoteId::ManagedByIko,
            message: format!("an IrisCluster {namespace}/{name} is on the server: the operator manages it"),
            address: Some(object.address()),
            source: None,
            help: Some(help),
        })
    };
    clusters.into_iter().filter_map(managed).collect()
}
