//! Questions about a plan that changes something: may the user do it, and can controllers make of it what it says. Asked when
//! it is made, and again before the first write. A plan without changes asks nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt as _, future::join_all, stream};
use iriskit_state::plan::{Note, Plan, PodEffect, PodImpact, ResourceChange, Step};
use serde_json::Value;

use super::{SurveyError, rights::missing_rights};
use crate::cluster::{ApiError, Cluster, DeleteOptions};
use iriskit_core::plan::{
    Fills, active,
    preflight::{
        Made, Pods, Trial, account_note, claim_note, class_notes, deletion_note, limit_note, made, pod_note,
        quota_notes, rights_note, settle_pod_security, unknown_note, warns_of_pod_security,
    },
};
use iriskit_kubernetes::{names::POD_SECURITY_ENFORCE, schema::ObjectRef, views::Object};

/// Questions on their way at the same time.
const AT_ONCE: usize = 16;

/// Adds to the notes of a new plan what would stop it.
pub(super) async fn preflight(cluster: &Cluster, plan: &mut Plan, fills: &Fills) -> Result<(), SurveyError> {
    if active(plan).next().is_none() {
        return Ok(());
    }
    let api =
        |error| SurveyError::Api { what: "ask for the rights that the plan needs".into(), error: Box::new(error) };
    let missing = missing_rights(cluster, plan).await.map_err(api)?;
    plan.notes.extend(rights_note(&missing));
    plan.notes.extend(obstacles(cluster, plan, fills).await?);
    if warns_of_pod_security(plan) {
        let levels = enforced_levels(cluster, plan).await?;
        settle_pod_security(plan, |namespace| levels.get(namespace).cloned());
    }
    plan.notes.sort_by_key(|note| note.severity);
    Ok(())
}

/// What controllers would not be able to make of the plan's objects. An error is certain as things stand.
pub async fn obstacles(cluster: &Cluster, plan: &Plan, fills: &Fills) -> Result<Vec<Note>, SurveyError> {
    let mut notes = deletions(cluster, plan).await;
    let namespaces = written_namespaces(plan);
    if namespaces.is_empty() {
        return Ok(notes);
    }
    let mut asked = Asked { cluster, unknown: BTreeSet::new() };
    let made = made(plan, fills);
    let trials = asked.trials(&made).await?;
    for (made, (pod, claims)) in made.iter().zip(&trials) {
        notes.extend(pod_note(made, pod));
        notes.extend(claims.iter().filter_map(|claim| claim_note(made, claim)).take(1));
    }
    notes.extend(asked.accounts(&made, &trials).await?);
    notes.extend(asked.limits(&made, &trials).await?);
    if made.iter().any(|made| !made.claims.is_empty())
        && let Some(classes) = asked.list("storage.k8s.io/v1", "StorageClass", None).await?
    {
        notes.extend(made.iter().flat_map(|made| class_notes(made, plan, &classes)));
    }
    let pods: Vec<&Value> = made.iter().zip(&trials).map(|(made, (pod, _))| as_stored(made, pod)).collect();
    for namespace in &namespaces {
        notes.extend(asked.quotas(namespace, plan, &made, &pods).await?);
    }
    if cluster.connection().sandbox && !enforced_levels(cluster, plan).await?.is_empty() {
        asked.unknown.insert("pod security (the sandbox knows no standards)".to_owned());
    }
    notes.extend(unknown_note(&asked.unknown.into_iter().collect::<Vec<_>>()));
    Ok(notes)
}

/// Whether the server would delete what the plan deletes itself: objects, and the pods of a set that iriskit rolls. A policy may
/// forbid it, and a set whose template is written and whose pods may not go is half done. Of each change the first refusal
/// counts. Rights are asked for elsewhere, and what is gone by now needs no deletion.
async fn deletions(cluster: &Cluster, plan: &Plan) -> Vec<Note> {
    let asked = active(plan).map(async |change| {
        let asked = to_delete(change).into_iter().map(async |(object, options)| {
            let error = cluster.delete(&object, &options).await.err()?;
            let judged = matches!(error.code(), Some(400 | 403 | 422)) && !error.is_forbidden_rbac();
            (judged && !error.is_uid_mismatch()).then(|| deletion_note(change, &object, &error.to_string()))
        });
        let answers: Vec<Option<Note>> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        answers.into_iter().flatten().next()
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// What a change deletes by steps of its own.
fn to_delete(change: &ResourceChange) -> Vec<(ObjectRef, DeleteOptions)> {
    let object = |kind: (&str, &str), name: &str| ObjectRef {
        api_version: kind.0.to_owned(),
        kind: kind.1.to_owned(),
        namespace: change.namespace.clone(),
        name: name.to_owned(),
    };
    let by_hand = |step: &Step| {
        matches!(step, Step::RollByRole { .. } | Step::ReplacePods { .. } | Step::DeletePodsByRole { .. })
    };
    let goes = |pod: &&PodImpact| matches!(pod.effect, PodEffect::Restarts | PodEffect::Deleted);
    let options = |uid: Option<String>| DeleteOptions { uid, dry_run: true, ..DeleteOptions::default() };
    let mut all = Vec::new();
    for step in &change.steps {
        if let Step::Delete { uid, .. } = step {
            all.push((object((&change.api_version, &change.kind), &change.name), options(Some(uid.clone()))));
        } else if by_hand(step) {
            let pods = change.impact.pods.iter().filter(goes).map(|pod| pod.pod.as_str()).collect::<BTreeSet<_>>();
            all.extend(pods.into_iter().map(|pod| (object(("v1", "Pod"), pod), options(None))));
        }
    }
    all
}

/// The namespaces in which something is made or changed and that exist already.
fn written_namespaces(plan: &Plan) -> BTreeSet<String> {
    let exists = |name: &String| plan.cluster.namespaces.get(name).is_none_or(|known| known.exists);
    active(plan)
        .filter(|change| change.steps.iter().any(|step| matches!(step, Step::Create { .. } | Step::Update { .. })))
        .filter_map(|change| change.namespace.clone())
        .filter(exists)
        .collect()
}

/// A pod as the server would store it, where it said so.
fn as_stored<'a>(made: &'a Made, trial: &'a Trial) -> &'a Value {
    match trial {
        Trial::Taken(pod) => pod,
        _ => &made.pod,
    }
}

/// What was asked, and what could not be.
struct Asked<'a> {
    cluster: &'a Cluster,
    unknown: BTreeSet<String>,
}

impl Asked<'_> {
    /// Tries one pod and one claim of each kind.
    async fn trials(&mut self, made: &[Made]) -> Result<Vec<(Trial, Vec<Trial>)>, SurveyError> {
        let bodies =
            made.iter().flat_map(|made| std::iter::once(&made.pod).chain(made.claims.iter().map(|(claim, _)| claim)));
        let asked = bodies.map(|body| attempt(self.cluster, body));
        let mut answers = stream::iter(asked).buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter();
        let mut next = || match answers.next() {
            Some(Ok((trial, unknown))) => {
                self.unknown.extend(unknown);
                Ok(trial)
            }
            Some(Err(error)) => Err(error),
            None => Ok(Trial::Unknown),
        };
        let mut trials = Vec::with_capacity(made.len());
        for made in made {
            let pod = next()?;
            let claims = made.claims.iter().map(|_| next()).collect::<Result<_, _>>()?;
            trials.push((pod, claims));
        }
        Ok(trials)
    }

    /// Whether accounts exist, where no pod could be tried.
    async fn accounts(&mut self, made: &[Made], trials: &[(Trial, Vec<Trial>)]) -> Result<Vec<Note>, SurveyError> {
        let untried = made.iter().zip(trials).filter(|(_, (pod, _))| *pod == Trial::Unknown);
        let asked = untried.filter_map(|(made, _)| Some((made, made.account.as_deref()?)));
        let answers = join_all(asked.map(async |(made, account)| {
            let object = ObjectRef::namespaced("v1", "ServiceAccount", &made.namespace, account);
            (made, account, self.cluster.get(&object).await)
        }));
        let mut notes = Vec::new();
        for (made, account, answer) in answers.await {
            let what = format!("get ServiceAccount {account} in namespace {}", made.namespace);
            if self.permitted(answer, &what)? == Some(None) {
                notes.push(account_note(made, account));
            }
        }
        Ok(notes)
    }

    /// Whether limit ranges let in the pods and claims that could not be tried.
    async fn limits(&mut self, made: &[Made], trials: &[(Trial, Vec<Trial>)]) -> Result<Vec<Note>, SurveyError> {
        let is_untried =
            |(pod, claims): &(Trial, Vec<Trial>)| *pod == Trial::Unknown || claims.contains(&Trial::Unknown);
        let untried = || made.iter().zip(trials).filter(|(_, trials)| is_untried(trials));
        let mut ranges: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for namespace in untried().map(|(made, _)| made.namespace.as_str()).collect::<BTreeSet<_>>() {
            let answer = self.cluster.list("v1", "LimitRange", Some(namespace), None).await;
            // A sandbox has none.
            if answer.as_ref().is_err_and(ApiError::is_not_found) {
                continue;
            }
            let list = self.permitted(answer, &format!("list LimitRange in namespace {namespace}"))?;
            ranges.extend(list.map(|list| (namespace, list.items)));
        }
        let judged = untried()
            .filter_map(|(made, (pod, claims))| limit_note(made, pod, claims, ranges.get(made.namespace.as_str())?));
        Ok(judged.collect())
    }

    async fn quotas(
        &mut self,
        namespace: &str,
        plan: &Plan,
        made: &[Made],
        pods: &[&Value],
    ) -> Result<Vec<Note>, SurveyError> {
        let Some(quotas) = self.list("v1", "ResourceQuota", Some(namespace)).await? else { return Ok(Vec::new()) };
        if quotas.is_empty() {
            return Ok(Vec::new());
        }
        let here = || made.iter().zip(pods).filter(|(made, _)| made.namespace == namespace);
        let running = if here().any(|(made, _)| !made.replaced.is_empty()) {
            self.list("v1", "Pod", Some(namespace)).await?.unwrap_or_default()
        } else {
            Vec::new()
        };
        let running: BTreeMap<&str, &Value> = running.iter().map(|pod| (Object::new(pod).name(), pod)).collect();
        let pods: Vec<Pods<'_>> = here()
            .map(|(made, pod)| {
                let replaced = made.replaced.iter().filter_map(|name| running.get(name.as_str()).copied()).collect();
                Pods { made, pod, replaced }
            })
            .collect();
        Ok(quota_notes(namespace, &quotas, plan, &pods))
    }

    /// All objects of a kind; nothing where they may not be read.
    async fn list(
        &mut self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
    ) -> Result<Option<Vec<Value>>, SurveyError> {
        let answer = self.cluster.list(api_version, kind, namespace, None).await;
        let place = namespace.map(|name| format!(" in namespace {name}")).unwrap_or_default();
        Ok(self.permitted(answer, &format!("list {kind}{place}"))?.map(|list| list.items))
    }

    fn permitted<T>(&mut self, answer: Result<T, ApiError>, what: &str) -> Result<Option<T>, SurveyError> {
        match answer {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_forbidden_rbac() => {
                self.unknown.insert(what.to_owned());
                Ok(None)
            }
            Err(error) => Err(SurveyError::Api { what: what.to_owned(), error: Box::new(error) }),
        }
    }
}

/// Asks the server whether it would take a pod or claim; also gives the right that is missing to ask.
async fn attempt(cluster: &Cluster, body: &Value) -> Result<(Trial, Option<String>), SurveyError> {
    let Some(object) = ObjectRef::of(body) else { return Ok((Trial::Unknown, None)) };
    match cluster.attempt_create(&object, body).await {
        Ok(stored) => Ok((Trial::Taken(stored), None)),
        Err(error) if error.is_already_exists() => Ok((Trial::Exists, None)),
        Err(error) if error.is_not_found() => Ok((Trial::Unknown, None)),
        Err(error) if error.is_forbidden_rbac() => {
            let namespace = object.namespace.unwrap_or_default();
            Ok((Trial::Unknown, Some(format!("create {} in namespace {namespace}", object.kind))))
        }
        Err(ApiError::Status { message, .. }) => Ok((Trial::Refused(message), None)),
        Err(error) => Err(SurveyError::Api { what: format!("dry-run of {object}"), error: Box::new(error) }),
    }
}

/// The pod security standard that each namespace of the plan enforces, where it does and may be read.
async fn enforced_levels(cluster: &Cluster, plan: &Plan) -> Result<BTreeMap<String, String>, SurveyError> {
    let namespaces = written_namespaces(plan);
    let answers = join_all(namespaces.into_iter().map(async |name| {
        let found = cluster.get(&ObjectRef::cluster_scoped("v1", "Namespace", &name)).await;
        (name, found)
    }));
    let mut levels = BTreeMap::new();
    for (name, answer) in answers.await {
        match answer {
            Ok(found) => {
                let level =
                    found.as_ref().and_then(|found| Object::new(found).label(POD_SECURITY_ENFORCE)).map(str::to_owned);
                levels.extend(level.filter(|level| level != "privileged").map(|level| (name, level)));
            }
            Err(error) if error.is_forbidden_rbac() => {}
            Err(error) => {
                return Err(SurveyError::Api { what: format!("read Namespace {name}"), error: Box::new(error) });
            }
        }
    }
    Ok(levels)
}
