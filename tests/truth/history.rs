//! Everything that happened to the objects of a namespace, from watches of our own.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{StreamExt as _, pin_mut};
use http::Request;
use kube::Client;
use kube::core::WatchEvent;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::place::World;

/// `Kind/name`.
pub(crate) type Id = String;
/// Objects at one moment.
pub(crate) type State = BTreeMap<Id, Arc<Value>>;

/// One event. Versions order everything that happens in a cluster.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) at: u64,
    pub(crate) id: Id,
    pub(crate) object: Arc<Value>,
    pub(crate) gone: bool,
}

/// What happened between two moments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Span {
    pub(crate) before: State,
    pub(crate) after: State,
    pub(crate) events: Vec<Seen>,
    /// When the run was over.
    pub(crate) ended: u64,
}

/// Watches every kind of a namespace.
pub(crate) struct History {
    log: Arc<Mutex<Log>>,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Log {
    events: Vec<Seen>,
    state: State,
    /// How often something happened that is more than a labeler's word.
    happened: usize,
    broken: Option<String>,
}

impl History {
    pub(crate) async fn begin(world: &World) -> Self {
        let log: Arc<Mutex<Log>> = Arc::default();
        let mut tasks = Vec::new();
        for (plural, api_version, kind) in world.kinds() {
            let list = list(world, plural).await;
            let version = text(&list["metadata"]["resourceVersion"]).to_owned();
            let path = world.path(plural);
            for mut item in list["items"].as_array().cloned().unwrap_or_default() {
                item["kind"] = json!(kind);
                item["apiVersion"] = json!(api_version);
                log.lock().unwrap().state.insert(id(&item), Arc::new(item));
            }
            tasks.push(tokio::spawn(follow(world.client.clone(), path, version, Arc::clone(&log))));
        }
        Self { log, tasks }
    }

    /// The objects now.
    pub(crate) fn state(&self) -> State {
        self.log.lock().unwrap().state.clone()
    }

    /// Where in the history we are.
    pub(crate) fn position(&self) -> usize {
        self.log.lock().unwrap().events.len()
    }

    /// What happened since `position`, in the order of the cluster.
    pub(crate) fn since(&self, position: usize) -> Vec<Seen> {
        let mut events = self.log.lock().unwrap().events[position..].to_vec();
        events.sort_by_key(|seen| seen.at);
        events
    }

    /// How often something happened so far.
    pub(crate) fn happened(&self) -> usize {
        self.log.lock().unwrap().happened
    }

    /// Waits until so many things happened since there were `from`.
    pub(crate) async fn until_happened(&self, from: usize, count: usize) {
        while self.happened() < from + count {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until nothing happens any more, whether or not everything is as it should be.
    pub(crate) async fn quiet(&self, world: &World) -> Result<(), String> {
        let begun = tokio::time::Instant::now();
        let (mut happened, mut since) = (self.happened(), begun);
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if self.happened() != happened {
                (happened, since) = (self.happened(), tokio::time::Instant::now());
            } else if since.elapsed() > Duration::from_millis(1500) && self.behind(world, false).await.is_none() {
                return Ok(());
            }
            if begun.elapsed() > Duration::from_secs(40) {
                return Err("does not become quiet".to_owned());
            }
        }
    }

    /// What is not as it should be.
    pub(crate) fn unsettled(&self) -> Option<String> {
        unsettled(&self.log.lock().unwrap().state)
    }

    /// Waits until nothing is on its way any more and the watches have told everything. An error says what does not come
    /// to rest.
    pub(crate) async fn settled(&self, world: &World) -> Result<(), String> {
        let begun = tokio::time::Instant::now();
        loop {
            let unsettled = match self.log.lock().unwrap() {
                log if log.broken.is_some() => return Err(log.broken.clone().unwrap_or_default()),
                log => unsettled(&log.state),
            };
            let unsettled = match unsettled {
                Some(reason) => Some(reason),
                None => self.behind(world, true).await,
            };
            let Some(reason) = unsettled else { return Ok(()) };
            if begun.elapsed() > Duration::from_secs(40) {
                return Err(format!("does not come to rest: {reason}"));
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// What the watches have not told yet, or, where rest is asked for, what they tell that is on its way.
    async fn behind(&self, world: &World, rest: bool) -> Option<String> {
        for (plural, api_version, kind) in world.kinds() {
            let list = list(world, plural).await;
            let items = list["items"].as_array().cloned().unwrap_or_default();
            let listed = items.len();
            let mut log = self.log.lock().unwrap();
            for mut item in items {
                item["kind"] = json!(kind);
                item["apiVersion"] = json!(api_version);
                let id = id(&item);
                match log.state.get(&id).map(|known| version(known)) {
                    Some(known) if known == version(&item) => {
                        // A watch tells what is stored; of that, reads leave out the `internalTrafficPolicy` of an
                        // ExternalName Service.
                        log.state.insert(id, Arc::new(item));
                    }
                    Some(known) if known > version(&item) => {}
                    _ => return Some(format!("the watch of {id} is behind")),
                }
            }
            let ours = log.state.values().filter(|object| object["kind"] == kind).count();
            if ours != listed {
                return Some(format!("the watch knows {ours} {plural}, the server {listed}"));
            }
            if let Some(reason) = unsettled(&log.state).filter(|_| rest) {
                return Some(reason);
            }
        }
        None
    }
}

impl Drop for History {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn list(world: &World, plural: &str) -> Value {
    let (code, list) = world.ask("GET", plural, "application/json", None).await;
    assert_eq!(code, 200, "{list}");
    list
}

/// The version of the cluster now.
pub(crate) async fn now(world: &World) -> u64 {
    let list = list(world, "configmaps").await;
    text(&list["metadata"]["resourceVersion"]).parse().expect("a number")
}

async fn follow(client: Client, path: String, mut version: String, log: Arc<Mutex<Log>>) {
    loop {
        let request = Request::get(format!("{path}?watch=true&resourceVersion={version}&timeoutSeconds=1700"))
            .body(Vec::new())
            .expect("a request");
        let events = match client.request_events::<Value>(request).await {
            Ok(events) => events,
            Err(error) => {
                log.lock().unwrap().broken = Some(format!("watch of {path}: {error}"));
                return;
            }
        };
        pin_mut!(events);
        while let Some(event) = events.next().await {
            let (object, gone) = match event {
                Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)) => (object, false),
                Ok(WatchEvent::Deleted(object)) => (object, true),
                other => {
                    log.lock().unwrap().broken = Some(format!("watch of {path}: {other:?}"));
                    return;
                }
            };
            text(&object["metadata"]["resourceVersion"]).clone_into(&mut version);
            let seen = Seen { at: version.parse().expect("a number"), id: id(&object), object: Arc::new(object), gone };
            let mut log = log.lock().unwrap();
            let known = log.state.get(&seen.id);
            log.happened += usize::from(seen.gone || known.is_none_or(|known| is_more(known, &seen.object)));
            if seen.gone {
                log.state.remove(&seen.id);
            } else {
                log.state.insert(seen.id.clone(), Arc::clone(&seen.object));
            }
            log.events.push(seen);
        }
    }
}

/// Whether an object says more than that its labeler is still there.
fn is_more(known: &Value, now: &Value) -> bool {
    now["kind"] != "Pod"
        || uid(known) != uid(now)
        || going(known) != going(now)
        || is_ready(known) != is_ready(now)
        || known["metadata"]["labels"] != now["metadata"]["labels"]
        || known["status"]["phase"] != now["status"]["phase"]
}

/// What is still on its way.
fn unsettled(state: &State) -> Option<String> {
    for (id, object) in state {
        // A claim that somebody deleted stays as long as a pod holds it.
        if going(object) && !is_mounted(state, id) {
            return Some(format!("{id} is going"));
        }
        let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default();
        match id.split('/').next() {
            Some("StatefulSet") => {
                let wanted = number("/spec/replicas");
                if number("/status/observedGeneration") < number("/metadata/generation") {
                    return Some(format!("{id} is not observed"));
                }
                for counted in ["replicas", "readyReplicas", "availableReplicas"] {
                    if number(&format!("/status/{counted}")) != wanted {
                        return Some(format!("{id} has not {wanted} {counted}"));
                    }
                }
                let pods: Vec<&Arc<Value>> = pods_of(state, name(object)).collect();
                if i64::try_from(pods.len()).ok() != Some(wanted) {
                    return Some(format!("{id} has {} pods", pods.len()));
                }
                let rolls = object["spec"]["updateStrategy"]["type"] != "OnDelete";
                let update = &object["status"]["updateRevision"];
                let is_old = |pod: &&Arc<Value>| pod["metadata"]["labels"]["controller-revision-hash"] != *update;
                if rolls && let Some(pod) = pods.iter().copied().find(is_old) {
                    return Some(format!("{} is of an older revision", name(pod)));
                }
                if is_mirror(object) && wanted > 1 && !is_pair(&pods) {
                    return Some(format!("{id} is no pair yet"));
                }
            }
            Some("Deployment") => {
                let wanted = number("/spec/replicas");
                let counted = ["replicas", "updatedReplicas", "availableReplicas"];
                if number("/status/observedGeneration") < number("/metadata/generation")
                    || counted.iter().any(|counted| number(&format!("/status/{counted}")) != wanted)
                {
                    return Some(format!("{id} has not {wanted} pods"));
                }
            }
            Some("PersistentVolumeClaim") if object["status"]["phase"] != "Bound" => {
                return Some(format!("{id} is not bound"));
            }
            Some("Pod" | REPLICA) if !is_ready(object) => return Some(format!("{id} is not ready")),
            Some("Pod") if is_left_behind(state, object) => return Some(format!("{id} has lost its set")),
            _ => {}
        }
    }
    None
}

/// Whether it is a claim that a pod holds.
pub(crate) fn is_mounted(state: &State, id: &str) -> bool {
    let Some(claim) = id.strip_prefix("PersistentVolumeClaim/") else { return false };
    let mut pods = state.iter().filter(|(id, _)| id.starts_with("Pod/"));
    pods.any(|(_, pod)| claims_of(pod).any(|held| held == claim))
}

/// The claims that a pod holds.
pub(crate) fn claims_of(pod: &Value) -> impl Iterator<Item = &str> {
    let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    volumes.filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str())
}

/// Whether a pod's controller is gone: it will go as well.
fn is_left_behind(state: &State, pod: &Value) -> bool {
    let owner = &pod["metadata"]["ownerReferences"][0];
    let set = state.get(&format!("StatefulSet/{}", text(&owner["name"])));
    owner["kind"] == "StatefulSet" && set.is_none_or(|set| set["metadata"]["uid"] != owner["uid"])
}

fn is_pair(pods: &[&Arc<Value>]) -> bool {
    let status = |pod: &Value| -> Value {
        let text = pod["metadata"]["annotations"]["iriskit/mirror-status"].as_str().unwrap_or("null");
        serde_json::from_str(text).unwrap_or_default()
    };
    let is = |role: &str| pods.iter().filter(|pod| role_of(pod) == Some(role)).count() == 1;
    is("primary") && is("backup") && pods.iter().any(|pod| status(pod)["journal"] == "Active")
}

pub(crate) fn is_mirror(set: &Value) -> bool {
    set["spec"]["template"]["metadata"]["labels"]["intersystems.com/shard"].is_string()
}

pub(crate) fn role_of(pod: &Value) -> Option<&str> {
    pod["metadata"]["labels"]["intersystems.com/mirrorRole"].as_str()
}

/// The pods of a StatefulSet, by name.
pub(crate) fn pods_of<'s>(state: &'s State, set: &'s str) -> impl Iterator<Item = &'s Arc<Value>> {
    state.iter().filter(move |(id, _)| set_of(id) == Some(set)).map(|(_, pod)| pod)
}

/// The StatefulSet of a pod, by its name.
pub(crate) fn set_of(id: &str) -> Option<&str> {
    let (set, ordinal) = id.strip_prefix("Pod/")?.rsplit_once('-')?;
    ordinal.parse::<u32>().is_ok().then_some(set)
}

pub(crate) fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    conditions.is_some_and(|all| all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
}

pub(crate) fn going(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub(crate) fn name(object: &Value) -> &str {
    text(&object["metadata"]["name"])
}

pub(crate) fn uid(object: &Value) -> &str {
    text(&object["metadata"]["uid"])
}

fn version(object: &Value) -> u64 {
    text(&object["metadata"]["resourceVersion"]).parse().unwrap_or_default()
}

/// The kind of a pod in an id when no StatefulSet made it.
const REPLICA: &str = "Replica";

fn id(object: &Value) -> Id {
    let is_replica = object["metadata"]["ownerReferences"][0]["kind"] == "ReplicaSet";
    format!("{}/{}", if is_replica { REPLICA } else { text(&object["kind"]) }, name(object))
}

/// Whether it is a pod that comes and goes with a Deployment.
pub(crate) fn is_replica(id: &str) -> bool {
    id.starts_with(REPLICA)
}
