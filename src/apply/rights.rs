//! Whether the user may do everything that the plan does, asked before the first write.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use iriskit_state::plan::{Operation, Plan, Step};

use super::{ApplyError, MissingRight, record::touched, target::active};
use crate::{
    cluster::{ApiError, Cluster},
    plan::applyset,
};

/// A verb on a kind in a namespace.
type Right = (String, String, String, Option<String>);

/// The rights of a plan, with the names that each is needed for; no name where it is needed for the whole kind.
#[derive(Debug, Default, PartialEq, Eq)]
struct Needed(BTreeMap<Right, BTreeSet<String>>);

impl Needed {
    fn add(&mut self, verbs: &[&str], api_version: &str, kind: &str, namespace: Option<&str>, name: Option<&str>) {
        for verb in verbs {
            let right = ((*verb).to_owned(), api_version.to_owned(), kind.to_owned(), namespace.map(str::to_owned));
            self.0.entry(right).or_default().extend(name.map(str::to_owned));
        }
    }

    fn of(plan: &Plan) -> Self {
        let mut needed = Self::default();
        for change in active(plan) {
            let namespace = change.namespace.as_deref();
            for step in &change.steps {
                let (verbs, pods): (&[&str], &[&str]) = match step {
                    Step::Create { .. } => (&["patch", "create"], &[]),
                    Step::Update { .. } | Step::TakeOver { .. } => (&["patch"], &[]),
                    Step::Delete { .. } => (&["delete"], &[]),
                    Step::WaitReady | Step::WaitMirror { .. } => (&["list", "watch"], &["list", "watch"]),
                    Step::RollByRole { .. } => (&["list", "watch"], &["list", "watch", "delete"]),
                    Step::DeletePodsByRole { .. } => (&[], &["list", "get", "watch", "delete"]),
                };
                let whole = matches!(step, Step::WaitReady | Step::WaitMirror { .. } | Step::RollByRole { .. });
                let name = (!whole).then_some(change.name.as_str());
                needed.add(verbs, &change.api_version, &change.kind, namespace, name);
                needed.add(pods, "v1", "Pod", namespace, None);
            }
        }
        for owner in touched(plan) {
            let (namespace, name) = (Some(owner.namespace.as_str()), applyset::record_name(&owner.name));
            needed.add(&["get", "create", "update"], "v1", "ConfigMap", namespace, Some(&name));
            if plan.operation == Operation::Destroy {
                needed.add(&["delete"], "v1", "ConfigMap", namespace, Some(&name));
                needed.add(&["list"], "v1", "PersistentVolumeClaim", namespace, None);
            }
        }
        needed
    }
}

/// Fails when a right is missing.
pub(super) async fn check(cluster: &Cluster, plan: &Plan) -> Result<(), ApplyError> {
    let asked = Needed::of(plan).0.into_iter().map(|(right, names)| missing(cluster, right, names));
    let answers = try_join_all(asked).await.map_err(ApplyError::api("asking for the rights that the plan needs"))?;
    let mut missing: Vec<MissingRight> = answers.into_iter().flatten().collect();
    missing.sort();
    if missing.is_empty() { Ok(()) } else { Err(ApplyError::Rights { missing }) }
}

/// Asks for the kind first; a right that is given by name only shows when asked for by name.
async fn missing(
    cluster: &Cluster,
    (verb, api_version, kind, namespace): Right,
    names: BTreeSet<String>,
) -> Result<Option<MissingRight>, ApiError> {
    let may = async |name: Option<&str>| {
        match cluster.can(&verb, &api_version, &kind, namespace.as_deref(), name).await {
            // Who may not even ask learns it from the writes.
            Err(error) if matches!(error.code(), Some(403 | 404)) => Ok(true),
            answer => answer,
        }
    };
    if may(None).await? {
        return Ok(None);
    }
    let mut denied = Vec::new();
    for name in &names {
        if !may(Some(name)).await? {
            denied.push(name.clone());
        }
    }
    if !names.is_empty() && denied.is_empty() {
        return Ok(None);
    }
    Ok(Some(MissingRight { verb, kind, namespace, names: denied }))
}
