//! The plan of a destroy, from the record alone.

use std::collections::BTreeSet;

use iriskit_state::plan::{Operation, Plan, Source};

use super::{
    SurveyError,
    fetch::{Fetch, fetch},
    identity::identity,
    owners::record,
    plan::{Options, second_round, stamp},
    preflight::preflight,
};
use crate::cluster::Cluster;
use iriskit_core::plan::{self, Fills, Frame, Live, OwnerInput, volumes};
use iriskit_kubernetes::{schema::ObjectRef, views::Claim};

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
    cluster: &Cluster,
    targets: &[Target],
    options: &Options,
    delete_data: bool,
) -> Result<Plan, SurveyError> {
    let namespaces: BTreeSet<&str> = targets.iter().map(|target| target.namespace.as_str()).collect();
    let mut wanted = BTreeSet::new();
    for namespace in &namespaces {
        for (api_version, kind) in [
            ("v1", "ConfigMap"),
            ("v1", "Pod"),
            ("v1", "PersistentVolumeClaim"),
            ("v1", "Service"),
            ("apps/v1", "StatefulSet"),
        ] {
            wanted.insert(Fetch::list(api_version, kind, namespace));
        }
        wanted.insert(Fetch::Get(ObjectRef::cluster_scoped("v1", "Namespace", namespace)));
    }
    let mut live = Live::default();
    fetch(cluster, wanted.clone(), &mut live).await?;
    let ids = targets.iter().map(|target| (target.namespace.as_str(), target.name.as_str()));
    second_round(cluster, ids, wanted, &mut live).await?;
    let mut owners = Vec::new();
    for Target { namespace, name } in targets {
        let Some(record) = record(namespace, name, &live)? else {
            return Err(SurveyError::NoRecord { namespace: namespace.clone(), name: name.clone() });
        };
        owners.push(OwnerInput {
            namespace: namespace.clone(),
            name: name.clone(),
            summary: String::new(),
            source: None,
            record: Some(record),
            desired: Vec::new(),
        });
    }
    read_volumes(cluster, &owners, &mut live).await?;
    let frame = Frame {
        stamp: stamp(options.lifetime)?,
        operation: Operation::Destroy,
        cluster: identity(cluster, namespaces, &live),
        sources: options.sources.iter().map(|path| Source { path: path.clone() }).collect(),
        labeler_image: None,
        ownership: options.policy.document(),
        references: Vec::new(),
        notes: Vec::new(),
        rollout: options.rollout,
        fingerprints: options.fingerprints,
    };
    let mut plan = plan::destroy(frame, &owners, &live, delete_data);
    preflight(cluster, &mut plan, &Fills::default()).await?;
    Ok(plan)
}

/// The volumes behind the claims, for their reclaim policy; may be forbidden.
async fn read_volumes(cluster: &Cluster, owners: &[OwnerInput], live: &mut Live) -> Result<(), SurveyError> {
    let named: BTreeSet<Fetch> = owners
        .iter()
        .flat_map(|owner| volumes(owner, live))
        .filter_map(|claim| Claim::new(claim).volume_name())
        .map(|name| Fetch::Get(ObjectRef::cluster_scoped("v1", "PersistentVolume", name)))
        .collect();
    fetch(cluster, named, live).await
}
