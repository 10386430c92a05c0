//! The plan of an apply.

use std::collections::BTreeSet;

use iriskit_state::{
    plan::{Note, NoteId, Operation, Plan, Severity, Source},
    random_id,
};
use jiff::{SignedDuration, Timestamp};

use super::{
    SurveyError,
    absent::absent,
    ask::ask,
    fetch::{Fetch, Round, fetch},
    identity::identity,
    owners::{Expanded, complete, config_ref, expand_all},
    parallel,
    preflight::preflight,
    references::references,
};
use crate::cluster::Cluster;
use iriskit_core::manifest::Reading;
use iriskit_core::plan::{
    Examined, Fills, Frame, Live, Policy, Rollout, Stamp, assemble, examine, full_body, further, merge, of_diagnostic,
    recorded_reference, revisions_in_use, unmatched,
};
use iriskit_kubernetes::schema::ObjectRef;

/// Kinds that every cluster has.
const ALWAYS_MADE: [(&str, &str); 2] = [("apps/v1", "StatefulSet"), ("v1", "Service")];
/// Kinds that are read wherever a cluster is: records and texts, running pods, their volumes.
const ALWAYS_READ: [(&str, &str); 3] = [("v1", "ConfigMap"), ("v1", "Pod"), ("v1", "PersistentVolumeClaim")];

/// How to plan.
#[derive(Debug, Clone)]
pub struct Options {
    /// The inputs' names, as the user gave them.
    pub sources: Vec<String>,
    /// Image of the mirror labeler from flag or environment.
    pub labeler_image: Option<String>,
    /// Ask the server about every object.
    pub always_ask: bool,
    /// What is done about fields and objects of others.
    pub policy: Policy,
    /// What is asked of restarts and their order.
    pub rollout: Rollout,
    /// How long a saved plan may be applied.
    pub lifetime: SignedDuration,
    /// Whether the plan will be applied or saved (it then carries fingerprints).
    pub fingerprints: bool,
}

/// A plan and the secret values that belong into it.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What fills its holes.
    pub fills: Fills,
}

/// Plans what the manifests say. `reading` has no errors.
pub async fn plan(cluster: &Cluster, reading: &Reading, options: &Options) -> Result<Planned, SurveyError> {
    let image = options.labeler_image.as_deref();
    let mut round = Round::default();
    round.ask(cluster, certain(reading));
    let first = expand_all(reading, image, None)?;
    let (mut live, namespaces) = survey(cluster, reading, &first, round).await?;
    let expanded = complete(reading, image, first, &live)?;
    let mut notes: Vec<Note> = reading.diagnostics.iter().map(of_diagnostic).collect();
    notes.extend(managed_by_iko(reading, &live));
    notes.extend(namespaces.iter().filter_map(|name| going(name, &live)));
    let given = reading.clusters.iter().map(|cluster| (cluster.namespace.as_str(), cluster.name.as_str())).collect();
    notes.extend(absent(&given, &namespaces, &live));
    notes.extend(expanded.iter().flat_map(|expanded| expanded.notes.clone()));
    let (references, missing) = references(reading, &expanded, &live);
    notes.extend(missing);
    let owners: Vec<_> = expanded.into_iter().map(|expanded| expanded.owner).collect();
    let (mut examined, owners) = merge(parallel::map(owners, |owner| examine(owner, &live, &options.policy)));
    let seldom: BTreeSet<Fetch> = further(&examined, &live).into_iter().map(Fetch::Get).collect();
    if !seldom.is_empty() {
        fetch(cluster, seldom, &mut live).await?;
    }
    if options.always_ask {
        examined.iter_mut().for_each(Examined::complete);
    }
    if options.rollout.pause_before_primary {
        examined.iter_mut().for_each(Examined::pause_before_primary);
    }
    notes.extend(unmatched(&options.policy, &examined, &live));
    let answers = ask(cluster, &examined, options.always_ask, &live).await?;
    let mut fills = Fills::default();
    for examined in examined
        .iter()
        .filter(|examined| examined.finding != iriskit_core::plan::Finding::Unchanged || options.always_ask)
    {
        fills.remember(&examined.desired.object.address(), &examined.body);
    }
    let frame = Frame {
        stamp: stamp(options.lifetime)?,
        operation: Operation::Apply,
        cluster: identity(cluster, namespaces.iter().map(String::as_str), &live),
        sources: options.sources.iter().map(|path| Source { path: path.clone() }).collect(),
        labeler_image: options.labeler_image.clone(),
        ownership: options.policy.document(),
        references,
        notes,
        rollout: options.rollout,
        fingerprints: options.fingerprints,
    };
    let mut plan = assemble(frame, &owners, &examined, &answers, &live);
    // Freeing some hundred objects takes as long as comparing them; nobody has to wait for it.
    tokio::task::spawn_blocking(move || drop((live, examined, owners)));
    preflight(cluster, &mut plan, &fills).await?;
    Ok(Planned { plan, fills })
}

/// The secret values for the holes of a saved plan, from the manifests it was made from and the live ConfigMaps that
/// they refer to.
pub async fn fills(cluster: &Cluster, reading: &Reading, labeler_image: Option<&str>) -> Result<Fills, SurveyError> {
    let mut live = Live::default();
    fetch(cluster, reading.clusters.iter().filter_map(config_ref).map(Fetch::Get).collect(), &mut live).await?;
    let mut fills = Fills::default();
    for expanded in expand_all(reading, labeler_image, Some(&live))? {
        for desired in &expanded.owner.desired {
            fills.remember(&desired.object.address(), &full_body(&expanded.owner, desired));
        }
    }
    Ok(fills)
}

/// Ids and times of a new plan.
pub(super) fn stamp(lifetime: SignedDuration) -> Result<Stamp, SurveyError> {
    let now = Timestamp::now();
    let expires = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
    let text = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    Ok(Stamp {
        id: random_id().ok_or(SurveyError::Random)?,
        created_at: text(now),
        expires_at: text(expires),
        iriskit_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// What is read of every cluster, whatever it expands to: asked for at once, while the clusters are expanded.
pub(super) fn certain(reading: &Reading) -> BTreeSet<Fetch> {
    let mut wanted = BTreeSet::new();
    for cluster in &reading.clusters {
        for (api_version, kind) in ALWAYS_MADE.iter().chain(&ALWAYS_READ) {
            wanted.insert(Fetch::list(api_version, kind, &cluster.namespace));
        }
        wanted.insert(Fetch::Get(ObjectRef::cluster_scoped("v1", "Namespace", &cluster.namespace)));
        wanted.insert(Fetch::Get(iris_cluster(&cluster.namespace, &cluster.name)));
    }
    wanted
}

/// The first round: everything that is known to be of interest, at once. A second round follows only for kinds that
/// a record names besides.
pub(super) async fn survey(
    cluster: &Cluster,
    reading: &Reading,
    expanded: &[Expanded],
    mut round: Round,
) -> Result<(Live, BTreeSet<String>), SurveyError> {
    let mut namespaces: BTreeSet<String> = BTreeSet::new();
    for (manifest, expanded) in reading.clusters.iter().zip(expanded) {
        let owner = &expanded.owner;
        namespaces.insert(owner.namespace.clone());
        for desired in &owner.desired {
            namespaces.extend(desired.object.namespace.clone());
            round.ask(cluster, [Fetch::of(&desired.object)]);
        }
        let secret = |name: &str| ObjectRef::namespaced("v1", "Secret", &owner.namespace, name);
        round.ask(cluster, expanded.references.secrets.iter().map(|named| Fetch::Get(secret(&named.name))));
        round.ask(cluster, [Fetch::Get(iris_cluster(&manifest.namespace, &manifest.name))]);
    }
    for namespace in &namespaces {
        round.ask(cluster, ALWAYS_READ.map(|(api_version, kind)| Fetch::list(api_version, kind, namespace)));
        round.ask(cluster, [Fetch::Get(ObjectRef::cluster_scoped("v1", "Namespace", namespace))]);
    }
    let mut live = Live::default();
    let asked = round.answers(&mut live).await?;
    let owners = expanded.iter().map(|expanded| (expanded.owner.namespace.as_str(), expanded.owner.name.as_str()));
    second_round(cluster, owners, asked, &mut live).await?;
    let revisions = revisions_in_use(namespaces.iter().map(String::as_str), &live);
    if !revisions.is_empty() {
        fetch(cluster, revisions.into_iter().map(Fetch::Get).collect(), &mut live).await?;
    }
    Ok((live, namespaces))
}

/// Reads the kinds that records name and the first round did not read.
pub(super) async fn second_round<'a>(
    cluster: &Cluster,
    owners: impl Iterator<Item = (&'a str, &'a str)>,
    done: BTreeSet<Fetch>,
    live: &mut Live,
) -> Result<(), SurveyError> {
    let mut further = BTreeSet::new();
    for (namespace, name) in owners {
        let Some(record) = super::owners::record(namespace, name, live)? else { continue };
        for object in record.objects.iter().map(recorded_reference) {
            let request = Fetch::of(&object);
            if !done.contains(&request) {
                further.insert(request);
            }
        }
    }
    if further.is_empty() {
        return Ok(());
    }
    fetch(cluster, further, live).await
}

/// The custom resource of the operator under the cluster's name.
pub(super) fn iris_cluster(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef::namespaced("intersystems.com/v1alpha1", "IrisCluster", namespace, name)
}

/// Whatever the objects in a namespace look like: when it is being deleted they all go.
fn going(namespace: &str, live: &Live) -> Option<Note> {
    let object = ObjectRef::cluster_scoped("v1", "Namespace", namespace);
    live.get(&object)?.pointer("/metadata/deletionTimestamp")?;
    Some(Note {
        severity: Severity::Error,
        id: NoteId::Terminating,
        message: "it is being deleted, and everything in it goes with it".into(),
        address: Some(object.address()),
        source: None,
        help: Some("plan again when it is gone and made anew".into()),
    })
}

fn managed_by_iko(reading: &Reading, live: &Live) -> Vec<Note> {
    let mut notes = Vec::new();
    for cluster in &reading.clusters {
        let object = iris_cluster(&cluster.namespace, &cluster.name);
        if live.get(&object).is_some() {
            notes.push(Note {
                severity: Severity::Error,
                id: NoteId::ManagedByIko,
                message: format!("an IrisCluster {} is on the server: the operator manages it", cluster.id()),
                address: Some(object.address()),
                source: None,
                help: Some("choose another name, or let the operator go on managing it".into()),
            });
        }
    }
    notes
}
