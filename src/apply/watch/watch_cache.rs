//! Objects of a kind as they change: one list and one watch for all who wait.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture};
use serde_json::Value;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep},
};

use super::pod_history::{PodHistory, PodState};
use crate::cluster::{ApiError, Cluster, WatchEvent, WatchStream};
use iriskit_kubernetes::{schema::ObjectRef, views::Object};

/// Before a list is tried again that failed.
const AGAIN: Duration = Duration::from_secs(1);

/// Which objects: all of a kind, or one by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    api_version: String,
    kind: String,
    namespace: Option<String>,
    name: Option<String>,
}

/// All caches of a run. Their watches end with it.
#[derive(Debug)]
pub(in crate::apply) struct WatchCaches {
    cluster: Cluster,
    begun: Mutex<BTreeMap<Key, WatchCache>>,
    tasks: Mutex<JoinSet<()>>,
}

/// One kind in one namespace.
#[derive(Debug, Clone)]
pub(in crate::apply) struct WatchCache {
    contents: Arc<Mutex<Contents>>,
    version: watch::Receiver<u64>,
}

#[derive(Debug, Default)]
struct Contents {
    objects: BTreeMap<String, Arc<Value>>,
    /// uids of objects that were there and are gone.
    gone: BTreeSet<String>,
    /// What was seen of pods.
    history: PodHistory,
    /// Whether the first list has come.
    is_filled: bool,
    problem: Option<String>,
}

impl WatchCaches {
    pub(in crate::apply) fn new(cluster: &Cluster) -> Self {
        Self { cluster: cluster.clone(), begun: Mutex::default(), tasks: Mutex::default() }
    }

    /// The cache of a kind; begun at its first use.
    pub(in crate::apply) fn of(&self, api_version: &str, kind: &str, namespace: Option<&str>) -> WatchCache {
        let key = Key {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: None,
        };
        let cluster = self.cluster.clone();
        self.begin(key.clone(), |sink| follow_kind(cluster, key, sink).boxed())
    }

    /// The cache of one object, for who may not list its kind. It ends when the object does not exist.
    pub(in crate::apply) fn one(&self, object: &ObjectRef) -> WatchCache {
        let key = Key {
            api_version: object.api_version.clone(),
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            name: Some(object.name.clone()),
        };
        let (cluster, object) = (self.cluster.clone(), object.clone());
        self.begin(key, |sink| follow_one(cluster, object, sink).boxed())
    }

    fn begin(&self, key: Key, work: impl FnOnce(Sink) -> BoxFuture<'static, ()>) -> WatchCache {
        let new = || {
            let (sender, version) = watch::channel(0);
            let cache = WatchCache { contents: Arc::default(), version };
            let work = work(Sink { contents: Arc::clone(&cache.contents), version: sender });
            self.tasks.lock().unwrap_or_else(PoisonError::into_inner).spawn(work);
            cache
        };
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert_with(new).clone()
    }
}

impl WatchCache {
    /// Why it does not know what there is, when it does not.
    pub(in crate::apply) fn problem(&self) -> Option<String> {
        let contents = self.contents();
        contents.problem.clone().or_else(|| (!contents.is_filled).then(|| "reading it".to_owned()))
    }

    /// Whether an object was there and is gone.
    pub(in crate::apply) fn is_gone(&self, uid: &str) -> bool {
        self.contents().gone.contains(uid)
    }

    /// What was seen of pods since the first list, that included.
    pub(in crate::apply) fn pod_history(&self) -> PodHistory {
        self.contents().history.clone()
    }

    /// Takes in what a list says, for who can't wait for a watch that may be dead.
    pub(in crate::apply) fn take_in(&self, objects: Vec<Value>) {
        self.contents().replace(objects.into_iter());
    }

    /// One object.
    pub(in crate::apply) fn get(&self, name: &str) -> Option<Arc<Value>> {
        self.contents().objects.get(name).cloned()
    }

    /// All objects.
    pub(in crate::apply) fn all(&self) -> Vec<Arc<Value>> {
        self.contents().objects.values().cloned().collect()
    }

    /// Marks what is there now as seen, so that [`Self::changed`] waits for what comes after.
    pub(in crate::apply) fn mark_seen(&mut self) {
        self.version.borrow_and_update();
    }

    /// Done when something came after the last mark. Pending for ever when nothing can come any more.
    pub(in crate::apply) async fn changed(&mut self) {
        if self.version.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    /// Takes in what there is now, all of it.
    fn replace(&mut self, objects: impl Iterator<Item = Value>) {
        let objects = objects.map(|object| (name(&object), Arc::new(object))).collect();
        let first = !std::mem::replace(&mut self.is_filled, true);
        let before = std::mem::replace(&mut self.objects, objects);
        for object in before.values() {
            if self.objects.get(&name(object)).is_none_or(|now| uid(now) != uid(object)) {
                self.history.add(PodState::of(object, false, true));
            }
        }
        for object in self.objects.values() {
            self.history.add(PodState::of(object, first, false));
        }
        let uids: BTreeSet<&str> = self.objects.values().filter_map(|object| uid(object)).collect();
        let gone = before.values().filter_map(|object| uid(object)).filter(|uid| !uids.contains(uid));
        self.gone.extend(gone.map(str::to_owned));
        self.problem = None;
    }
}

/// Where a cache's contents go.
struct Sink {
    contents: Arc<Mutex<Contents>>,
    version: watch::Sender<u64>,
}

impl Sink {
    fn tell(&self, change: impl FnOnce(&mut Contents)) {
        change(&mut self.contents.lock().unwrap_or_else(PoisonError::into_inner));
        self.version.send_modify(|version| *version += 1);
    }

    fn replace(&self, objects: impl Iterator<Item = Value>) {
        self.tell(|contents| contents.replace(objects));
    }

    fn problem(&self, problem: String) {
        self.tell(|contents| contents.problem = Some(problem));
    }

    /// Takes events in until the watch ends. `Ok` when it may go on at the resourceVersion, else the list has to be made
    /// anew.
    async fn drain(&self, mut events: WatchStream, resource_version: &mut String) -> Result<(), ApiError> {
        while let Some(event) = events.next().await {
            let event = event?;
            if let Some(version) = event.resource_version() {
                version.clone_into(resource_version);
            }
            match event {
                WatchEvent::Added(object) | WatchEvent::Modified(object) => self.tell(|contents| {
                    contents.problem = None;
                    contents.history.add(PodState::of(&object, false, false));
                    contents.objects.insert(name(&object), Arc::new(object));
                }),
                WatchEvent::Deleted(object) => self.tell(|contents| {
                    contents.gone.extend(uid(&object).map(str::to_owned));
                    contents.history.add(PodState::of(&object, false, true));
                    contents.objects.remove(&name(&object));
                }),
                WatchEvent::Bookmark(_) => {}
            }
        }
        Ok(())
    }
}

fn name(object: &Value) -> String {
    Object::new(object).name().to_owned()
}

fn uid(object: &Value) -> Option<&str> {
    Object::new(object).uid()
}

async fn follow_kind(cluster: Cluster, key: Key, sink: Sink) {
    let Key { api_version, kind, namespace, .. } = &key;
    loop {
        match cluster.list(api_version, kind, namespace.as_deref(), None).await {
            Ok(list) => {
                sink.replace(list.items.into_iter());
                let watch = |version: &str| cluster.watch(api_version, kind, namespace.as_deref(), None, version);
                follow(&sink, kind, list.resource_version, watch).await;
            }
            Err(error) => sink.problem(format!("can't list {kind}: {error}")),
        }
        sleep(AGAIN).await;
    }
}

async fn follow_one(cluster: Cluster, object: ObjectRef, sink: Sink) {
    loop {
        match cluster.get(&object).await {
            Ok(None) => {
                sink.replace(std::iter::empty());
                return;
            }
            Ok(Some(found)) => {
                let version = Object::new(&found).resource_version().unwrap_or_default().to_owned();
                sink.replace(std::iter::once(found));
                follow(&sink, &object.kind, version, |version| cluster.watch_one(&object, version)).await;
            }
            Err(error) => sink.problem(format!("can't get {object}: {error}")),
        }
        sleep(AGAIN).await;
    }
}

/// Watches, again and again, until the list has to be made anew.
async fn follow(sink: &Sink, kind: &str, mut version: String, watch: impl Fn(&str) -> WatchStream) {
    loop {
        let begun = Instant::now();
        match sink.drain(watch(&version), &mut version).await {
            Ok(()) if begun.elapsed() >= AGAIN => {}
            Ok(()) => sleep(AGAIN).await,
            Err(error) => {
                tracing::debug!(%error, kind, "the watch ended");
                if error.is_forbidden_rbac() {
                    sink.problem(format!("can't watch {kind}: {error}"));
                }
                return;
            }
        }
    }
}
