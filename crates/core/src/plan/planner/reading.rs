//! What is read of a cluster: everything that is known to be of interest at once, and more only where that asks for it.

use std::collections::BTreeSet;

use iriskit_kubernetes::{names::IRIS_CLUSTER, schema::ObjectRef};

use super::{
    conversation::Dialogue,
    error::PlanError,
    expansion::{Expanded, record},
    operator::iris_cluster,
    question::{Answer, Question, Read, RefusalKind},
    settling::settle,
};
use crate::{
    manifest::Reading,
    plan::{
        impact::revisions::revisions_in_use, live::Live, ownership::prune::reference,
        unknown::assumed_objects::assume_unlisted,
    },
};

/// Kinds that every cluster has.
const ALWAYS_MADE: [(&str, &str); 2] = [("apps/v1", "StatefulSet"), ("v1", "Service")];
/// Kinds that are read wherever a cluster is: records and texts, running pods, their volumes.
const ALWAYS_READ: [(&str, &str); 3] = [("v1", "ConfigMap"), ("v1", "Pod"), ("v1", "PersistentVolumeClaim")];

/// Reads that are under way together.
pub(crate) struct Round<'a> {
    dialogue: &'a Dialogue,
    /// Everything that was ever sent.
    known: BTreeSet<Read>,
    /// What was sent since the last answers.
    sent: Vec<Read>,
}

impl<'a> Round<'a> {
    pub(crate) fn new(dialogue: &'a Dialogue) -> Self {
        Self { dialogue, known: BTreeSet::new(), sent: Vec::new() }
    }

    /// Sends what was not sent yet.
    pub(crate) async fn send(&mut self, wanted: impl IntoIterator<Item = Read>) {
        let new: Vec<Read> = wanted.into_iter().filter(|read| self.known.insert(read.clone())).collect();
        if !new.is_empty() {
            self.sent.extend(new.iter().cloned());
            self.dialogue.send(new.into_iter().map(Question::Read)).await;
        }
    }

    /// Waits for the answers and puts them into `live`. What may not be read is noted there.
    pub(crate) async fn answers(&mut self, live: &mut Live) {
        if self.sent.is_empty() {
            return;
        }
        let sent = std::mem::take(&mut self.sent);
        for (read, answer) in sent.into_iter().zip(self.dialogue.answers().await) {
            match (read, answer) {
                (_, Answer::Objects(objects)) => objects.into_iter().for_each(|object| live.insert(object)),
                (_, Answer::Object(Some(object))) => live.insert(object),
                (Read::Get(object), Answer::Object(None)) => {
                    live.missing.insert(object);
                }
                // A server without the operator's kind has none of it.
                (Read::List { kind, .. }, Answer::Refused(refusal))
                    if kind == IRIS_CLUSTER && refusal.kind == RefusalKind::NotFound => {}
                (read, Answer::Refused(refusal)) if refusal.kind == RefusalKind::NotFound => {
                    live.refuse_kind(read, refusal.message);
                }
                (read, Answer::Refused(refusal)) => live.refuse(read, refusal.message),
                // An answer of another kind says nothing of what was read.
                _ => {}
            }
        }
        assume_unlisted(live);
    }

    /// Sends what was not sent yet, and waits for the answers.
    pub(crate) async fn read(&mut self, wanted: impl IntoIterator<Item = Read>, live: &mut Live) {
        self.send(wanted).await;
        self.answers(live).await;
    }

    /// Reads the kinds that records name and nobody read so far.
    pub(crate) async fn recorded<'b>(
        &mut self,
        owners: impl Iterator<Item = (&'b str, &'b str)>,
        live: &mut Live,
    ) -> Result<(), PlanError> {
        let mut wanted = BTreeSet::new();
        for (namespace, name) in owners {
            if let Some(record) = record(namespace, name, live)? {
                wanted.extend(record.objects.iter().map(reference).map(|object| Read::of(&object)));
            }
        }
        self.read(wanted, live).await;
        Ok(())
    }
}

/// What is read of every cluster, whatever it expands to: it may be asked for while the clusters are expanded.
pub(crate) fn reads_of_every_cluster(reading: &Reading) -> BTreeSet<Read> {
    let mut wanted = BTreeSet::new();
    for cluster in &reading.clusters {
        for (api_version, kind) in ALWAYS_MADE.iter().chain(&ALWAYS_READ) {
            wanted.insert(Read::list(api_version, kind, &cluster.namespace));
        }
        wanted.insert(Read::Get(ObjectRef::cluster_scoped("v1", "Namespace", &cluster.namespace)));
        wanted.insert(Read::Get(iris_cluster(&cluster.namespace, &cluster.name)));
    }
    wanted
}

/// The first round, and what it asks for: kinds that a record names, revisions of templates. Gives the target namespaces.
pub(crate) async fn read_everything(
    round: &mut Round<'_>,
    expanded: &[Expanded],
    live: &mut Live,
) -> Result<BTreeSet<String>, PlanError> {
    let mut namespaces: BTreeSet<String> = BTreeSet::new();
    let mut wanted = BTreeSet::new();
    for expanded in expanded {
        let owner = &expanded.owner;
        namespaces.insert(owner.namespace.clone());
        for desired in &owner.desired {
            namespaces.extend(desired.object.namespace.clone());
            wanted.insert(Read::of(&desired.object));
        }
        let secret = |name: &str| ObjectRef::namespaced("v1", "Secret", &owner.namespace, name);
        wanted.extend(expanded.references.secrets.iter().map(|named| Read::Get(secret(&named.name))));
    }
    for namespace in &namespaces {
        wanted.extend(ALWAYS_READ.map(|(api_version, kind)| Read::list(api_version, kind, namespace)));
        wanted.insert(Read::Get(ObjectRef::cluster_scoped("v1", "Namespace", namespace)));
    }
    round.read(wanted, live).await;
    let owners = expanded.iter().map(|expanded| (expanded.owner.namespace.as_str(), expanded.owner.name.as_str()));
    round.recorded(owners, live).await?;
    settle(round.dialogue, expanded, live).await;
    let revisions = revisions_in_use(namespaces.iter().map(String::as_str), live);
    round.read(revisions.into_iter().map(Read::Get), live).await;
    Ok(namespaces)
}
