//! What a history amounts to: which pods were touched and when, who was primary, what became of objects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::history::{Span, going, is_ready, is_replica, name, role_of, set_of, uid};

/// What happened to a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Created,
    Restarts,
    Deleted,
}

/// A pod that did not stay as it was. Who is touched twice is there twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Touched {
    pub(crate) pod: String,
    pub(crate) effect: Effect,
    pub(crate) at: u64,
    /// When that was over: ready, or gone.
    pub(crate) until: u64,
}

/// One life of a pod.
#[derive(Debug, Default)]
struct Life {
    uid: String,
    before: bool,
    born: Option<u64>,
    ready: Option<u64>,
    going: Option<u64>,
    gone: Option<u64>,
}

/// The pods of each set that were made, went or restarted, in the order in which they were touched.
pub(crate) fn touched(span: &Span) -> BTreeMap<String, Vec<Touched>> {
    let mut touched: BTreeMap<String, Vec<Touched>> = BTreeMap::new();
    for (id, lives) in lives(span) {
        let pod = name_of(&id).to_owned();
        let of_set = touched.entry(set_of(&id).expect("a pod of a set").to_owned()).or_default();
        let mut add = |effect, at: Option<u64>, until: Option<u64>| {
            let at = at.unwrap_or_default();
            of_set.push(Touched { pod: pod.clone(), effect, at, until: until.unwrap_or(at) });
        };
        for (at, life) in lives.iter().enumerate() {
            match at.checked_sub(1).map(|at| &lives[at]) {
                Some(last) => add(Effect::Restarts, last.going, life.ready.or(life.born)),
                None if !life.before => add(Effect::Created, life.born, life.ready),
                None => {}
            }
        }
        if let Some(last) = lives.last().filter(|last| last.gone.is_some()) {
            add(Effect::Deleted, last.going, last.gone);
        }
    }
    touched.retain(|_, pods| !pods.is_empty());
    for pods in touched.values_mut() {
        pods.sort_by_key(|pod| pod.at);
    }
    touched
}

fn lives(span: &Span) -> BTreeMap<String, Vec<Life>> {
    let mut lives: BTreeMap<String, Vec<Life>> = BTreeMap::new();
    for (id, pod) in span.before.iter().filter(|(id, _)| set_of(id).is_some()) {
        let life = Life { uid: uid(pod).to_owned(), before: true, ..Life::default() };
        lives.entry(id.clone()).or_default().push(life);
    }
    for seen in span.events.iter().filter(|seen| set_of(&seen.id).is_some()) {
        let of_name = lives.entry(seen.id.clone()).or_default();
        let known = of_name.iter().position(|life| life.uid == uid(&seen.object)).unwrap_or_else(|| {
            of_name.push(Life { uid: uid(&seen.object).to_owned(), born: Some(seen.at), ..Life::default() });
            of_name.len() - 1
        });
        let life = &mut of_name[known];
        if going(&seen.object) || seen.gone {
            life.going.get_or_insert(seen.at);
        } else if is_ready(&seen.object) {
            life.ready.get_or_insert(seen.at);
        }
        if seen.gone {
            life.gone = Some(seen.at);
        }
    }
    lives
}

/// The lives of the pods of a set, for whoever looks into a disagreement.
pub(crate) fn lives_of_pods(span: &Span, set: &str) -> String {
    let of_set: BTreeMap<String, Vec<Life>> =
        lives(span).into_iter().filter(|(id, _)| set_of(id) == Some(set)).collect();
    format!("{of_set:#?}")
}

/// How often the role of primary went from one pod of a set to another.
pub(crate) fn primary_moves(span: &Span) -> BTreeMap<String, usize> {
    let primary = |pod: &Value| role_of(pod) == Some("primary") && !going(pod);
    let mut holders: BTreeMap<String, String> = BTreeMap::new();
    for (id, pod) in &span.before {
        if let Some(set) = set_of(id).filter(|_| primary(pod)) {
            holders.insert(set.to_owned(), name(pod).to_owned());
        }
    }
    let mut moves: BTreeMap<String, usize> = BTreeMap::new();
    for seen in span.events.iter().filter(|seen| !seen.gone && primary(&seen.object)) {
        let Some(set) = set_of(&seen.id) else { continue };
        let pod = name(&seen.object).to_owned();
        match holders.insert(set.to_owned(), pod.clone()) {
            Some(before) if before != pod => *moves.entry(set.to_owned()).or_default() += 1,
            _ => {}
        }
    }
    moves
}

/// What became of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    /// How often it was made, changed and deleted, as far as people see.
    pub(crate) made: usize,
    pub(crate) changed: usize,
    pub(crate) deleted: usize,
    pub(crate) first: Option<u64>,
    pub(crate) last: Option<u64>,
}

/// The fate of every object but pods, claims and records.
pub(crate) fn fates(span: &Span) -> BTreeMap<String, Fate> {
    let mut known: BTreeMap<&str, Option<Value>> =
        span.before.iter().map(|(id, object)| (id.as_str(), Some(visible(object)))).collect();
    let mut uids: BTreeMap<&str, String> =
        span.before.iter().map(|(id, object)| (id.as_str(), uid(object).to_owned())).collect();
    let mut fates: BTreeMap<String, Fate> = BTreeMap::new();
    let mut leaving: BTreeSet<&str> = BTreeSet::new();
    for seen in &span.events {
        if is_not_compared(&seen.id, &seen.object) {
            continue;
        }
        let mut fate = Fate::default();
        let now = (!seen.gone).then(|| visible(&seen.object));
        let before = known.insert(&seen.id, now.clone()).flatten();
        match (&before, &now) {
            (None, Some(_)) => {
                fate.made += 1;
                uids.insert(&seen.id, uid(&seen.object).to_owned());
            }
            (Some(_), None) => fate.deleted += 1,
            (Some(old), Some(new)) if going(&seen.object) || old == new => {}
            (Some(_), Some(_)) => fate.changed += 1,
            (None, None) => {}
        }
        let begins_to_go = going(&seen.object) && leaving.insert(&seen.id);
        if fate != Fate::default() || begins_to_go {
            let sum = fates.entry(seen.id.clone()).or_default();
            sum.made += fate.made;
            sum.changed += fate.changed;
            sum.deleted += fate.deleted;
            sum.first.get_or_insert(seen.at);
            sum.last = Some(seen.at);
        }
    }
    fates
}

/// Pods and claims come and go with their sets; records are bookkeeping.
pub(crate) fn is_not_compared(id: &str, object: &Value) -> bool {
    set_of(id).is_some()
        || is_replica(id)
        || id.starts_with("PersistentVolumeClaim/")
        || object["metadata"]["labels"]["applyset.kubernetes.io/id"].is_string()
}

pub(crate) fn name_of(id: &str) -> &str {
    id.split_once('/').map_or(id, |(_, name)| name)
}

/// An object without what only servers, controllers and iriskit itself write.
pub(crate) fn visible(object: &Value) -> Value {
    let mut object = object.clone();
    let members = object.as_object_mut().expect("an object");
    members.remove("status");
    let metadata = members.get_mut("metadata").and_then(Value::as_object_mut).expect("metadata");
    metadata.retain(|member, _| {
        ["annotations", "finalizers", "labels", "name", "namespace", "ownerReferences"].contains(&member.as_str())
    });
    let theirs = [
        ("annotations", "iriskit/applied"),
        ("labels", "applyset.kubernetes.io/part-of"),
        // The controller's count of the Deployment's templates.
        ("annotations", "deployment.kubernetes.io/revision"),
    ];
    for (map, ours) in theirs {
        if let Some(entries) = metadata.get_mut(map).and_then(Value::as_object_mut) {
            entries.remove(ours);
            if entries.is_empty() {
                metadata.remove(map);
            }
        }
    }
    object
}

/// What iriskit writes about itself on an object.
pub(crate) fn marks(object: &Value) -> Value {
    let metadata = &object["metadata"];
    let entries = metadata["managedFields"].as_array().cloned().unwrap_or_default();
    let ours: Vec<Value> = entries
        .into_iter()
        .filter(|entry| entry["manager"] == "iriskit")
        .map(|entry| entry["fieldsV1"].clone())
        .collect();
    let mut marks = Map::new();
    marks.insert("owned".into(), ours.into());
    marks.insert("applied".into(), metadata["annotations"]["iriskit/applied"].clone());
    marks.insert("part of".into(), metadata["labels"]["applyset.kubernetes.io/part-of"].clone());
    marks.into()
}

/// Who holds which fields of an object, but of its status.
pub(crate) fn field_owners(object: &Value) -> Vec<[Value; 3]> {
    let entries = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    entries
        .filter(|entry| entry["subresource"] != "status")
        .map(|entry| ["manager", "operation", "fieldsV1"].map(|member| entry[member].clone()))
        .collect()
}
