//! Everything that a plan saw, read again in one round of parallel requests.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use iriskit_state::plan::{NamespaceIdentity, Plan};
use serde_json::Value;

use super::{
    ApplyError,
    pending::asks_for_pods,
    stale,
    target::{object_of, object_of_reference, uid},
};
use crate::cluster::{ApiError, Cluster};
use iriskit_core::plan::{OwnerName, applyset, recorded_owners};
use iriskit_kubernetes::schema::{ObjectRef, table};

/// What is there now.
#[derive(Debug, Default)]
pub(super) struct Seen {
    objects: BTreeMap<ObjectRef, Value>,
    /// The target namespaces.
    pub(super) namespaces: BTreeMap<String, NamespaceIdentity>,
}

impl Seen {
    /// An object that the plan names.
    pub(super) fn get(&self, object: &ObjectRef) -> Option<&Value> {
        self.objects.get(object)
    }

    /// The objects of a kind, as far as they were read.
    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a ObjectRef, &'a Value)> {
        self.objects.iter().filter(move |(object, _)| object.kind == kind)
    }

    /// The pods of a namespace, where the plan asks for them.
    pub(super) fn pods(&self, namespace: &str) -> Vec<&Value> {
        let pod = |object: &ObjectRef| object.kind == "Pod" && object.namespace.as_deref() == Some(namespace);
        self.objects.iter().filter(|(object, _)| pod(object)).map(|(_, pod)| pod).collect()
    }

    /// The ConfigMap with an owner's record.
    pub(super) fn record(&self, owner: &OwnerName) -> Option<&Value> {
        self.get(&applyset::record_ref(&owner.namespace, &owner.name))
    }
}

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
pub(super) async fn reread(cluster: &Cluster, plan: &Plan) -> Result<Seen, ApplyError> {
    let answers = try_join_all(reads(plan).into_iter().map(|read| answer(cluster, read))).await;
    let mut objects: BTreeMap<ObjectRef, Value> = BTreeMap::new();
    for object in answers.map_err(ApplyError::api("reading the objects of the plan again"))?.into_iter().flatten() {
        if let Some(reference) = ObjectRef::of(&object) {
            objects.insert(reference, object);
        }
    }
    let identity = |name: &String| {
        let namespace = objects.get(&ObjectRef::cluster_scoped("v1", "Namespace", name));
        let root_ca = objects.get(&root_ca(name));
        let of = |object: Option<&Value>| object.and_then(uid).map(str::to_owned);
        let exists = namespace.is_some() || root_ca.is_some();
        (name.clone(), NamespaceIdentity { exists, uid: of(namespace), root_ca_uid: of(root_ca) })
    };
    let namespaces = plan.cluster.namespaces.keys().map(identity).collect();
    Ok(Seen { objects, namespaces })
}

/// One LIST for each kind and namespace; a GET for each Secret, for what has no namespace and for an IrisCluster.
fn reads(plan: &Plan) -> Vec<Read> {
    let mut wanted: BTreeSet<ObjectRef> = plan.resource_changes.iter().map(object_of).collect();
    wanted.extend(plan.references.iter().filter(|read| read.fingerprint.is_some()).filter_map(object_of_reference));
    wanted.extend(recorded_owners(plan).iter().map(|owner| applyset::record_ref(&owner.namespace, &owner.name)));
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
    // Whether really nobody uses what is removed for lack of users.
    let users = stale::shared(plan).filter_map(|service| service.namespace.clone());
    kinds.extend(users.map(|namespace| ("apps/v1".to_owned(), "StatefulSet".to_owned(), namespace)));
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
