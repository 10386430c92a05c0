//! The plan of a destroy.

use std::collections::BTreeSet;

use iriskit_state::plan::{Operation, Reference, Source};

use super::{
    conversation::Dialogue,
    error::PlanError,
    expansion::record,
    identity::identity,
    operator::{iris_cluster, iris_clusters, managed_by_operator},
    options::{Options, Planned, SeenRuns, Server, locks_of_interest},
    preflight::preflight,
    question::Read,
    reading::Round,
};
use crate::plan::{
    changes::{
        destroy::{claims_of_cluster, plan_of_destroy},
        examine::OwnerInput,
    },
    draft::{
        frame::{Frame, Stamp},
        outcome::Outcome,
    },
    live::Live,
    ownership::applyset,
    secret_values::SecretValues,
    staleness::fingerprint::reference,
};
use iriskit_kubernetes::{schema::ObjectRef, views::Claim};

/// Kinds that every cluster has, and what hangs on them.
const READ: [(&str, &str); 5] = [
    ("v1", "ConfigMap"),
    ("v1", "Pod"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Service"),
    ("apps/v1", "StatefulSet"),
];

/// An IrisCluster to destroy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Plans the removal of clusters; their volumes go only with `delete_data`.
pub async fn destroy(
    dialogue: Dialogue,
    targets: &[Target],
    options: &Options,
    server: &Server,
    stamp: Stamp,
    delete_data: bool,
) -> Result<Planned, PlanError> {
    let namespaces: BTreeSet<&str> = targets.iter().map(|target| target.namespace.as_str()).collect();
    let mut wanted = BTreeSet::new();
    for namespace in &namespaces {
        wanted.extend(READ.map(|(api_version, kind)| Read::list(api_version, kind, namespace)));
        wanted.insert(Read::Get(ObjectRef::cluster_scoped("v1", "Namespace", namespace)));
        wanted.insert(iris_clusters(namespace));
    }
    let mut live = Live::default();
    let mut round = Round::new(&dialogue);
    round.read(wanted, &mut live).await;
    round.recorded(ids(targets), &mut live).await?;
    let mut owners = Vec::new();
    for Target { namespace, name } in targets {
        let Some(record) = record(namespace, name, &live)? else {
            let object = applyset::record_ref(namespace, name);
            let (namespace, name) = (namespace.clone(), name.clone());
            return Err(match live.why_unknown(&object) {
                Some(why) => PlanError::UnreadRecord { namespace, name: object.name, reason: why.to_owned() },
                None => PlanError::NoRecord { namespace, name },
            });
        };
        owners.push(OwnerInput {
            namespace: namespace.clone(),
            name: name.clone(),
            summary: String::new(),
            source: None,
            record: Some(record),
            planned_from: None,
            desired: Vec::new(),
        });
    }
    // Who may not list them may perhaps read this one.
    let unlisted = ids(targets).filter(|(namespace, _)| !live.is_readable(&iris_clusters(namespace)));
    let by_name = unlisted.map(|(namespace, name)| Read::Get(iris_cluster(namespace, name)));
    let wanted = behind_claims(&owners, &live).into_iter().chain(locks_of_interest(&owners)).chain(by_name);
    round.read(wanted.collect::<Vec<_>>(), &mut live).await;
    let runs = owners.iter().map(|owner| SeenRuns::of(owner, &live)).collect();
    let frame = Frame {
        stamp,
        operation: Operation::Destroy,
        cluster: identity(server, namespaces, &live),
        sources: options.sources.iter().map(|path| Source { path: path.clone() }).collect(),
        namespace: server.namespace.clone(),
        labeler_image: None,
        ownership: options.policy.document(),
        references: unmanaged(targets, &live, options.fingerprints),
        notes: managed_by_operator(ids(targets), Operation::Destroy, &live),
        rollout: options.rollout,
        fingerprints: options.fingerprints,
    };
    let mut plan = plan_of_destroy(frame, &owners, &live, delete_data);
    let secret_values = SecretValues::default();
    preflight(&dialogue, server, &mut plan, &secret_values).await;
    Outcome::settle(&mut plan);
    Ok(Planned { plan, secret_values, runs })
}

fn ids(targets: &[Target]) -> impl Iterator<Item = (&str, &str)> {
    targets.iter().map(|target| (target.namespace.as_str(), target.name.as_str()))
}

/// That the operator does not manage the clusters was seen, as far as it may be read.
fn unmanaged(targets: &[Target], live: &Live, fingerprints: bool) -> Vec<Reference> {
    let seen = |object: ObjectRef| {
        let readable = fingerprints && live.why_unknown(&object).is_none();
        Reference {
            address: object.address(),
            api_version: object.api_version.clone(),
            fingerprint: readable.then(|| reference(live.get(&object), None)),
        }
    };
    ids(targets).map(|(namespace, name)| seen(iris_cluster(namespace, name))).collect()
}

/// The volumes behind the claims, for their reclaim policy; may be forbidden.
fn behind_claims(owners: &[OwnerInput], live: &Live) -> BTreeSet<Read> {
    owners
        .iter()
        .flat_map(|owner| claims_of_cluster(owner, live))
        .filter_map(Claim::volume_name)
        .map(|name| Read::Get(ObjectRef::cluster_scoped("v1", "PersistentVolume", name)))
        .collect()
}
