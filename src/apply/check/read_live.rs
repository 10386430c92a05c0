//! Everything that a plan saw, read again in one round of parallel requests.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use iriskit_state::plan::{NamespaceIdentity, Plan};
use serde_json::Value;

use super::stale::unused_shared_services;
use crate::{
    apply::{ApplyError, live::LiveObjects, objects::object_of_reference, record::asks_for_pods},
    cluster::{ApiError, Cluster},
};
use iriskit_core::plan::{OwnerName, applyset, object_of};
use iriskit_kubernetes::{
    names::{IRIS_API_VERSION, IRIS_CLUSTER},
    schema::{ObjectRef, table},
    views::Object,
};

/// Who uses a Service that clusters share, those of the operator among them.
const USERS_OF_SHARED_SERVICES: [(&str, &str); 2] = [("apps/v1", "StatefulSet"), (IRIS_API_VERSION, IRIS_CLUSTER)];

/// One request of the round.
enum Read {
    Kind {
        api_version: String,
        kind: String,
        namespace: String,
    },
    One(ObjectRef),
    /// Not knowing it is no error: only an identity hangs on it.
    Optional(ObjectRef),
}

/// Reads every object of the plan, the records of its owners and the identity of its namespaces.
pub(in crate::apply) async fn read_live(
    cluster: &Cluster,
    plan: &Plan,
    owners: &BTreeSet<OwnerName>,
) -> Result<LiveObjects, ApplyError> {
    let answers = try_join_all(reads(plan, owners).into_iter().map(|read| answer(cluster, read))).await;
    let mut objects: BTreeMap<ObjectRef, Value> = BTreeMap::new();
    for object in answers.map_err(ApplyError::api("reading the objects of the plan again"))?.into_iter().flatten() {
        if let Some(reference) = ObjectRef::of(&object) {
            objects.insert(reference, object);
        }
    }
    let identity = |name: &String| {
        let namespace = objects.get(&ObjectRef::cluster_scoped("v1", "Namespace", name));
        let root_ca = objects.get(&root_ca(name));
        let of = |object: Option<&Value>| object.and_then(|found| Object::new(found).uid()).map(str::to_owned);
        let exists = namespace.is_some() || root_ca.is_some();
        (name.clone(), NamespaceIdentity { exists, unknown: false, uid: of(namespace), root_ca_uid: of(root_ca) })
    };
    let namespaces = plan.cluster.namespaces.keys().map(identity).collect();
    Ok(LiveObjects { objects, namespaces })
}

/// One LIST for each kind and namespace; a GET for each Secret, for what has no namespace and for an IrisCluster.
fn reads(plan: &Plan, owners: &BTreeSet<OwnerName>) -> Vec<Read> {
    let mut wanted: BTreeSet<ObjectRef> = plan.resource_changes.iter().map(object_of).collect();
    wanted.extend(plan.references.iter().filter(|read| read.fingerprint.is_some()).filter_map(object_of_reference));
    wanted.extend(owners.iter().map(|owner| applyset::record_ref(&owner.namespace, &owner.name)));
    let mut kinds: BTreeSet<(String, String, String)> = BTreeSet::new();
    let mut reads = Vec::new();
    for object in wanted {
        match &object.namespace {
            // Secrets are never listed; a kind that is not built in may not be served, and only a GET says so kindly.
            Some(namespace) if object.kind != "Secret" && is_built_in(&object) => {
                kinds.insert((object.api_version.clone(), object.kind.clone(), namespace.clone()));
            }
            _ => reads.push(Read::One(object)),
        }
    }
    // Whether what is removed as unused is still unused.
    let users = unused_shared_services(plan).filter_map(|service| service.namespace.clone());
    kinds.extend(users.flat_map(|namespace| {
        USERS_OF_SHARED_SERVICES.map(|(api_version, kind)| (api_version.to_owned(), kind.to_owned(), namespace.clone()))
    }));
    if asks_for_pods(plan) {
        let namespaces = plan.owners.iter().map(|owner| owner.namespace.clone());
        kinds.extend(namespaces.map(|namespace| ("v1".to_owned(), "Pod".to_owned(), namespace)));
    }
    for name in plan.cluster.namespaces.keys() {
        let namespace = ObjectRef::cluster_scoped("v1", "Namespace", name);
        if !reads.iter().any(|read| matches!(read, Read::One(object) if *object == namespace)) {
            reads.push(Read::Optional(namespace));
        }
        if !kinds.contains(&("v1".to_owned(), "ConfigMap".to_owned(), name.clone())) {
            reads.push(Read::Optional(root_ca(name)));
        }
    }
    let list = |(api_version, kind, namespace)| Read::Kind { api_version, kind, namespace };
    reads.extend(kinds.into_iter().map(list));
    reads
}

fn is_built_in(object: &ObjectRef) -> bool {
    table().kind(&object.api_version, &object.kind).is_some()
}

fn root_ca(namespace: &str) -> ObjectRef {
    ObjectRef::namespaced("v1", "ConfigMap", namespace, "kube-root-ca.crt")
}

async fn answer(cluster: &Cluster, read: Read) -> Result<Vec<Value>, ApiError> {
    match read {
        Read::Kind { api_version, kind, namespace } => {
            match cluster.list(&api_version, &kind, Some(&namespace), None).await {
                // Pods only tell what waits for a restart; the plan could not say it either.
                Err(error) if kind == "Pod" && error.code() == Some(403) => Ok(Vec::new()),
                // There may be no operator.
                Err(error) if kind == IRIS_CLUSTER && error.is_not_found() => Ok(Vec::new()),
                answer => Ok(answer?.items),
            }
        }
        Read::One(object) => Ok(cluster.get(&object).await?.into_iter().collect()),
        Read::Optional(object) => match cluster.get(&object).await {
            Err(error) if error.code() == Some(403) => Ok(Vec::new()),
            answer => Ok(answer?.into_iter().collect()),
        },
    }
}
