//! Questions about a plan that changes something: may the user do it, and can controllers make of it what it says. Asked when
//! it is made, and again before the first write. A plan without changes asks nothing.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::plan::{Note, Plan, PodEffect, PodImpact, ResourceChange, Step};
use serde_json::Value;

use super::{
    conversation::Dialogue,
    options::Server,
    question::{Answer, Question, Read, RefusalKind, Write},
    rights::missing_rights,
};
use crate::plan::{
    ownership::{
        applyset,
        owners::{OwnerName, active, recorded_owners},
    },
    preflight::{
        ControllerObjects, DryRunVerdict, PlannedPods, account_note, claim_note, class_notes, completed, count_use,
        deletion_note, limit_note, objects_made_by_controllers, planned, pod_note, quota_notes, quotas_afterwards,
        resolve_pod_security_warnings, rights_note, uncounted, unknown_note, unsaid_note, warns_of_pod_security,
    },
    secret_values::SecretValues,
};
use iriskit_kubernetes::{
    names::POD_SECURITY_ENFORCE,
    schema::{ObjectRef, usage},
    views::{Object, StorageClass},
};

/// Adds to the notes of a new plan what would stop it.
pub(crate) async fn preflight(dialogue: &Dialogue, server: &Server, plan: &mut Plan, secrets: &SecretValues) {
    if active(plan).next().is_none() {
        return;
    }
    let missing = missing_rights(dialogue.clone(), plan).await;
    plan.notes.extend(rights_note(&missing));
    let obstacles = obstacles(dialogue.clone(), server, plan, secrets).await;
    plan.notes.extend(obstacles);
    if warns_of_pod_security(plan) {
        let levels = enforced_levels(dialogue, plan).await;
        resolve_pod_security_warnings(plan, |namespace| levels.get(namespace).cloned());
    }
    plan.notes.sort_by_key(|note| note.severity);
}

/// What controllers would not be able to make of the plan's objects. An error is certain as things stand.
pub async fn obstacles(dialogue: Dialogue, server: &Server, plan: &Plan, secrets: &SecretValues) -> Vec<Note> {
    let mut notes = deletions(&dialogue, plan).await;
    let namespaces = written_namespaces(plan);
    if namespaces.is_empty() {
        return notes;
    }
    let mut asked = Asked { dialogue: &dialogue, unknown: BTreeSet::new() };
    let all = objects_made_by_controllers(plan, secrets);
    let verdicts = asked.verdicts(&all).await;
    for (objects, (pod, claims)) in all.iter().zip(&verdicts) {
        notes.extend(pod_note(objects, pod));
        notes.extend(claims.iter().filter_map(|claim| claim_note(objects, claim)).take(1));
    }
    notes.extend(asked.accounts(&all, &verdicts).await);
    notes.extend(asked.limits(plan, &all, &verdicts).await);
    let mut default_class = None;
    if all.iter().any(|objects| !objects.claims.is_empty())
        && let Some(classes) = asked.list(Read::list_cluster_scoped("storage.k8s.io/v1", "StorageClass")).await
    {
        notes.extend(all.iter().flat_map(|objects| class_notes(objects, plan, &classes)));
        let default = classes.iter().map(StorageClass::new).find(|class| class.is_default());
        default_class = default.map(|class| class.name().to_owned());
    }
    let judged: Vec<Judged<'_>> = all.iter().zip(&verdicts).collect();
    for namespace in &namespaces {
        let here: Vec<Judged<'_>> =
            judged.iter().copied().filter(|(objects, _)| objects.namespace == *namespace).collect();
        notes.extend(asked.quotas(namespace, plan, &here, default_class.as_deref()).await);
    }
    if !server.judges_pod_security && !enforced_levels(&dialogue, plan).await.is_empty() {
        asked.unknown.insert("pod security (the sandbox knows no standards)".to_owned());
    }
    notes.extend(unknown_note(&asked.unknown.into_iter().collect::<Vec<_>>()));
    notes
}

/// Whether the server would delete what the plan deletes itself: objects, and the pods of a set that iriskit rolls. A policy may
/// forbid it, and a set whose template is written and whose pods may not go is half done. Of each change the first refusal
/// counts. Rights are asked for elsewhere, and what is gone by now needs no deletion.
async fn deletions(dialogue: &Dialogue, plan: &Plan) -> Vec<Note> {
    let asked: Vec<(&ResourceChange, ObjectRef, Option<String>)> = active(plan)
        .flat_map(|change| to_delete(change).into_iter().map(move |(object, uid)| (change, object, uid)))
        .collect();
    let question = |object: &ObjectRef, uid: &Option<String>| {
        Question::DryRun(Write::Delete { object: object.clone(), uid: uid.clone() })
    };
    let answers = dialogue.ask(asked.iter().map(|(_, object, uid)| question(object, uid)).collect()).await;
    let mut reported: BTreeSet<&str> = BTreeSet::new();
    let mut notes = Vec::new();
    for ((change, object, _), answer) in asked.iter().zip(answers) {
        let Answer::Refused(refusal) = answer else { continue };
        let judged = matches!(refusal.code, 400 | 403 | 422) && refusal.kind == RefusalKind::Other;
        if judged && reported.insert(&change.address) {
            notes.push(deletion_note(change, object, &refusal.message));
        }
    }
    notes
}

/// What a change deletes by steps of its own, with the uid where it is known.
fn to_delete(change: &ResourceChange) -> Vec<(ObjectRef, Option<String>)> {
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
    let mut all = Vec::new();
    for step in &change.steps {
        if let Step::Delete { uid, .. } = step {
            all.push((object((&change.api_version, &change.kind), &change.name), Some(uid.clone())));
        } else if let Step::ReplaceStuckPods { pods } = step {
            all.extend(pods.iter().map(|(pod, uid)| (object(("v1", "Pod"), pod), Some(uid.clone()))));
        } else if by_hand(step) {
            let pods = change.impact.pods.iter().filter(goes).map(|pod| pod.pod.as_str()).collect::<BTreeSet<_>>();
            all.extend(pods.into_iter().map(|pod| (object(("v1", "Pod"), pod), None)));
        }
    }
    all
}

/// Whether a namespace exists already.
fn exists(plan: &Plan, namespace: &str) -> bool {
    plan.cluster.namespaces.get(namespace).is_none_or(|known| known.exists)
}

/// The namespaces in which something is made or changed.
fn written_namespaces(plan: &Plan) -> BTreeSet<String> {
    active(plan)
        .filter(|change| change.steps.iter().any(|step| matches!(step, Step::Create { .. } | Step::Update { .. })))
        .filter_map(|change| change.namespace.clone())
        .collect()
}

/// A pod as the server would store it, where it said so.
fn as_stored<'a>(objects: &'a ControllerObjects, verdict: &'a DryRunVerdict) -> &'a Value {
    match verdict {
        DryRunVerdict::Accepted(pod) => pod,
        _ => &objects.pod,
    }
}

/// A claim as the server would store it: a class that it leaves open is the default one.
fn stored_claim(claim: &Value, verdict: &DryRunVerdict, default_class: Option<&str>) -> Value {
    if let DryRunVerdict::Accepted(stored) = verdict {
        return stored.clone();
    }
    let mut claim = claim.clone();
    if let (Some(class), Some(spec)) = (default_class, claim.get_mut("spec").and_then(Value::as_object_mut)) {
        spec.entry("storageClassName").or_insert_with(|| class.into());
    }
    claim
}

/// Pods and claims of one object, with the server's verdicts on a pod and on each claim.
type Judged<'a> = (&'a ControllerObjects, &'a (DryRunVerdict, Vec<DryRunVerdict>));

fn name_of(object: &Value) -> String {
    Object::new(object).name().to_owned()
}

/// The ranges that are there, and in place of some of them those that the plan writes.
fn ranges_afterwards(live: &[Value], written: &[Value]) -> Vec<Value> {
    let replaced = |range: &&Value| written.iter().any(|other| name_of(other) == name_of(range));
    live.iter().filter(|range| !replaced(range)).chain(written).cloned().collect()
}

/// What was asked, and what could not be.
struct Asked<'a> {
    dialogue: &'a Dialogue,
    unknown: BTreeSet<String>,
}

impl Asked<'_> {
    /// Tries one pod and one claim of each kind.
    async fn verdicts(&mut self, all: &[ControllerObjects]) -> Vec<(DryRunVerdict, Vec<DryRunVerdict>)> {
        let bodies: Vec<(ObjectRef, &Value)> = all
            .iter()
            .filter(|objects| objects.can_be_tried)
            .flat_map(|objects| std::iter::once(&objects.pod).chain(objects.claims.iter().map(|(claim, _)| claim)))
            .filter_map(|body| Some((ObjectRef::of(body)?, body)))
            .collect();
        let write =
            |(object, body): &(ObjectRef, &Value)| Write::Create { object: object.clone(), body: (*body).clone() };
        let asked = bodies.iter().map(|one| Question::DryRun(write(one))).collect();
        let mut answers =
            bodies.iter().zip(self.dialogue.ask(asked).await).map(|((object, _), answer)| (object, answer));
        let mut next = |body: &Value| {
            let (object, answer) = ObjectRef::of(body).and_then(|_| answers.next())?;
            let (verdict, unknown) = verdict(object, answer);
            self.unknown.extend(unknown);
            Some(verdict)
        };
        let mut verdicts = Vec::with_capacity(all.len());
        for objects in all {
            if !objects.can_be_tried {
                verdicts.push((DryRunVerdict::Unknown, vec![DryRunVerdict::Unknown; objects.claims.len()]));
                continue;
            }
            let pod = next(&objects.pod).unwrap_or(DryRunVerdict::Unknown);
            let claims =
                objects.claims.iter().map(|(claim, _)| next(claim).unwrap_or(DryRunVerdict::Unknown)).collect();
            verdicts.push((pod, claims));
        }
        verdicts
    }

    /// Whether accounts exist, where no pod could be tried.
    async fn accounts(
        &mut self,
        all: &[ControllerObjects],
        verdicts: &[(DryRunVerdict, Vec<DryRunVerdict>)],
    ) -> Vec<Note> {
        let unjudged = all.iter().zip(verdicts).filter(|(_, (pod, _))| *pod == DryRunVerdict::Unknown);
        let asked: Vec<(&ControllerObjects, &str)> = unjudged
            .filter(|(objects, _)| objects.can_be_tried)
            .filter_map(|(objects, _)| Some((objects, objects.account.as_deref()?)))
            .collect();
        let question = |(objects, account): &(&ControllerObjects, &str)| {
            Question::Read(Read::Get(ObjectRef::namespaced("v1", "ServiceAccount", &objects.namespace, account)))
        };
        let answers = self.dialogue.ask(asked.iter().map(question).collect()).await;
        let mut notes = Vec::new();
        for ((objects, account), answer) in asked.into_iter().zip(answers) {
            match answer {
                Answer::Object(None) => notes.push(account_note(objects, account)),
                Answer::Refused(_) => {
                    self.unknown.insert(format!("get ServiceAccount {account} in namespace {}", objects.namespace));
                }
                _ => {}
            }
        }
        notes
    }

    /// Whether limit ranges let in the pods and claims that could not be tried, and whether those that the plan writes let in any.
    async fn limits(
        &mut self,
        plan: &Plan,
        all: &[ControllerObjects],
        verdicts: &[(DryRunVerdict, Vec<DryRunVerdict>)],
    ) -> Vec<Note> {
        let mut notes = Vec::new();
        let mut live: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (objects, (pod, claims)) in all.iter().zip(verdicts) {
            let written = planned(plan, "LimitRange", &objects.namespace);
            let is_unjudged = *pod == DryRunVerdict::Unknown || claims.contains(&DryRunVerdict::Unknown);
            if is_unjudged && objects.can_be_tried && !live.contains_key(objects.namespace.as_str()) {
                let list = self.list(Read::list("v1", "LimitRange", &objects.namespace)).await.unwrap_or_default();
                live.insert(&objects.namespace, list);
            }
            let there = live.get(objects.namespace.as_str()).map(Vec::as_slice).unwrap_or_default();
            let all = ranges_afterwards(there, &written);
            let by_the_server = limit_note(objects, pod, claims, &all);
            // The server judged by the ranges that are there.
            let by_the_plan = || {
                let unknown = vec![DryRunVerdict::Unknown; claims.len()];
                limit_note(objects, &DryRunVerdict::Unknown, &unknown, &written).filter(|_| !written.is_empty())
            };
            notes.extend(by_the_server.or_else(by_the_plan));
        }
        notes
    }

    async fn quotas(
        &mut self,
        namespace: &str,
        plan: &Plan,
        here: &[Judged<'_>],
        default_class: Option<&str>,
    ) -> Vec<Note> {
        let exists = exists(plan, namespace);
        let live = if exists {
            self.list(Read::list("v1", "ResourceQuota", namespace)).await.unwrap_or_default()
        } else {
            Vec::new()
        };
        let mut quotas = quotas_afterwards(&live, plan, namespace);
        if quotas.is_empty() {
            return Vec::new();
        }
        let written: BTreeSet<String> = planned(plan, "ResourceQuota", namespace).iter().map(name_of).collect();
        for quota in quotas.iter_mut().filter(|quota| written.contains(&name_of(quota))) {
            self.count(quota, namespace, exists).await;
        }
        let running = if here.iter().any(|(objects, _)| !objects.replaced.is_empty()) {
            self.list(Read::list("v1", "Pod", namespace)).await.unwrap_or_default()
        } else {
            Vec::new()
        };
        let running: BTreeMap<&str, &Value> = running.iter().map(|pod| (Object::new(pod).name(), pod)).collect();
        let pods: Vec<PlannedPods<'_>> = here
            .iter()
            .map(|(objects, (pod, claims))| PlannedPods {
                objects,
                pod: as_stored(objects, pod),
                replaced: objects.replaced.iter().filter_map(|name| running.get(name.as_str()).copied()).collect(),
                claims: (objects.claims.iter().zip(claims))
                    .map(|((claim, count), verdict)| (stored_claim(claim, verdict, default_class), *count))
                    .collect(),
            })
            .collect();
        let ranges = planned(plan, "LimitRange", namespace);
        let mut notes = Vec::new();
        for ((objects, (verdict, _)), planned) in here.iter().zip(&pods) {
            // What the server was asked it judged by the quotas that are there.
            let judges = |quota: &&Value| *verdict == DryRunVerdict::Unknown || written.contains(&name_of(quota));
            let pod = completed(planned.pod, &ranges);
            notes.extend(quotas.iter().filter(judges).find_map(|quota| unsaid_note(objects, quota, &pod)));
        }
        let records = self.records_to_make(plan, namespace).await;
        notes.extend(quota_notes(namespace, &quotas, plan, &pods, records));
        notes
    }

    /// Counts for a quota that the plan writes what is used of it, where the server has not done so.
    async fn count(&mut self, quota: &mut Value, namespace: &str, exists: bool) {
        for name in uncounted(quota) {
            let Some((api_version, kind)) = usage::counted_kind(&name) else { continue };
            // Secrets are never listed.
            let objects = match (exists, kind) {
                (true, "Secret") => None,
                (true, _) => self.list(Read::list(api_version, kind, namespace)).await,
                (false, _) => Some(Vec::new()),
            };
            if let Some(objects) = objects {
                count_use(quota, &[name], &objects);
            }
        }
    }

    /// How many records of clusters are made in a namespace.
    async fn records_to_make(&mut self, plan: &Plan, namespace: &str) -> usize {
        let owners = recorded_owners(plan).into_iter().filter(|owner| owner.namespace == namespace);
        let question = |owner: OwnerName| Question::Read(Read::Get(applyset::record_ref(namespace, &owner.name)));
        let answers = self.dialogue.ask(owners.map(question).collect()).await;
        answers.iter().filter(|answer| **answer == Answer::Object(None)).count()
    }

    /// All objects of a kind; nothing where they may not be read, or where the server has no such kind.
    async fn list(&mut self, read: Read) -> Option<Vec<Value>> {
        match self.dialogue.ask(vec![Question::Read(read.clone())]).await.pop()? {
            Answer::Objects(objects) => Some(objects),
            Answer::Refused(refusal) if refusal.kind == RefusalKind::MissingRight => {
                self.unknown.insert(read.to_string());
                None
            }
            _ => None,
        }
    }
}

/// Whether the server would take a pod or claim; also the right that is missing to ask.
fn verdict(object: &ObjectRef, answer: Answer) -> (DryRunVerdict, Option<String>) {
    match answer {
        Answer::Stored { object: stored, .. } => (DryRunVerdict::Accepted(stored), None),
        Answer::Refused(refusal) => match refusal.kind {
            RefusalKind::AlreadyExists => (DryRunVerdict::Exists, None),
            RefusalKind::NotFound => (DryRunVerdict::Unknown, None),
            RefusalKind::MissingRight => {
                let namespace = object.namespace.as_deref().unwrap_or_default();
                (DryRunVerdict::Unknown, Some(format!("create {} in namespace {namespace}", object.kind)))
            }
            RefusalKind::Other => (DryRunVerdict::Refused(refusal.message), None),
        },
        _ => (DryRunVerdict::Unknown, None),
    }
}

/// The pod security standard that each namespace of the plan enforces, where it does and may be read.
async fn enforced_levels(dialogue: &Dialogue, plan: &Plan) -> BTreeMap<String, String> {
    let namespaces: Vec<String> = written_namespaces(plan).into_iter().collect();
    let question = |name: &String| Question::Read(Read::Get(ObjectRef::cluster_scoped("v1", "Namespace", name)));
    let answers = dialogue.ask(namespaces.iter().map(question).collect()).await;
    let mut levels = BTreeMap::new();
    for (name, answer) in namespaces.into_iter().zip(answers) {
        if let Answer::Object(Some(found)) = answer
            && let Some(level) = Object::new(&found).label(POD_SECURITY_ENFORCE).filter(|level| *level != "privileged")
        {
            levels.insert(name, level.to_owned());
        }
    }
    levels
}
