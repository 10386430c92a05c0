//! Objects of a kind as they change: one list and one watch for all who wait.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture};
use serde_json::Value;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    sighting::{Sighting, Sightings},
    target::{controller, name, text, uid},
};
use crate::cluster::{ApiError, Cluster, WatchEvent, WatchStream};
use iriskit_kubernetes::schema::ObjectRef;

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

/// All feeds of a run. They end with it.
#[derive(Debug)]
pub(super) struct Feeds {
    cluster: Cluster,
    begun: Mutex<BTreeMap<Key, Feed>>,
    tasks: Mutex<JoinSet<()>>,
}

/// One kind in one namespace.
#[derive(Debug, Clone)]
pub(super) struct Feed {
    objects: Arc<Mutex<Contents>>,
    version: watch::Receiver<u64>,
}

#[derive(Debug, Default)]
struct Contents {
    objects: BTreeMap<String, Arc<Value>>,
    /// uids of objects that were there and are gone.
    gone: BTreeSet<String>,
    /// What was seen of pods.
    sightings: Sightings,
    /// Whether the first list has come.
    begun: bool,
    problem: Option<String>,
}

impl Feeds {
    pub(super) fn new(cluster: &Cluster) -> Self {
        Self { cluster: cluster.clone(), begun: Mutex::default(), tasks: Mutex::default() }
    }

    /// The feed of a kind; begun at its first use.
    pub(super) fn of(&self, api_version: &str, kind: &str, namespace: Option<&str>) -> Feed {
        let key = Key {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: None,
        };
        let cluster = self.cluster.clone();
        self.feed(key.clone(), |sink| follow_kind(cluster, key, sink).boxed())
    }

    /// The feed of one object, for who may not list its kind. It ends when the object does not exist.
    pub(super) fn one(&self, object: &ObjectRef) -> Feed {
        let key = Key {
            api_version: object.api_version.clone(),
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            name: Some(object.name.clone()),
        };
        let (cluster, object) = (self.cluster.clone(), object.clone());
        self.feed(key, |sink| follow_one(cluster, object, sink).boxed())
    }

    fn feed(&self, key: Key, work: impl FnOnce(Sink) -> BoxFuture<'static, ()>) -> Feed {
        let new = || {
            let (sender, version) = watch::channel(0);
            let feed = Feed { objects: Arc::default(), version };
            let work = work(Sink { objects: Arc::clone(&feed.objects), version: sender });
            self.tasks.lock().unwrap_or_else(PoisonError::into_inner).spawn(work);
            feed
        };
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert_with(new).clone()
    }
}

impl Feed {
    /// Whether the first list has come.
    pub(super) fn is_filled(&self) -> bool {
        *self.version.borrow() > 0
    }

    /// Why nothing comes, when nothing comes.
    pub(super) fn problem(&self) -> Option<String> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).problem.clone()
    }

    /// Whether an object was there and is gone.
    pub(super) fn is_gone(&self, uid: &str) -> bool {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).gone.contains(uid)
    }

    /// What was seen of pods since the first list, that included.
    pub(super) fn sightings(&self) -> Sightings {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).sightings.clone()
    }

    /// One object.
    pub(super) fn get(&self, name: &str) -> Option<Arc<Value>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).objects.get(name).cloned()
    }

    /// All objects.
    pub(super) fn all(&self) -> Vec<Arc<Value>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).objects.values().cloned().collect()
    }

    /// The objects that another one controls.
    pub(super) fn controlled_by(&self, uid: &str) -> Vec<Arc<Value>> {
        self.all().into_iter().filter(|object| controller(object) == Some(uid)).collect()
    }

    /// Marks what is there now as seen, so that [`Self::changed`] waits for what comes after.
    pub(super) fn mark_seen(&mut self) {
        self.version.borrow_and_update();
    }

    /// Done when something came after the last mark. Pending for ever when nothing can come any more.
    pub(super) async fn changed(&mut self) {
        if self.version.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Where a feed's contents go.
struct Sink {
    objects: Arc<Mutex<Contents>>,
    version: watch::Sender<u64>,
}

impl Sink {
    fn tell(&self, change: impl FnOnce(&mut Contents)) {
        change(&mut self.objects.lock().unwrap_or_else(PoisonError::into_inner));
        self.version.send_modify(|version| *version += 1);
    }

    fn replace(&self, objects: impl Iterator<Item = Value>) {
        let objects: BTreeMap<String, Arc<Value>> =
            objects.map(|object| (name(&object).to_owned(), Arc::new(object))).collect();
        self.tell(|contents| {
            let first = !std::mem::replace(&mut contents.begun, true);
            let before = std::mem::replace(&mut contents.objects, objects);
            for object in before.values() {
                if contents.objects.get(name(object)).is_none_or(|now| uid(now) != uid(object)) {
                    contents.sightings.add(Sighting::of(object, false, true));
                }
            }
            for object in contents.objects.values() {
                contents.sightings.add(Sighting::of(object, first, false));
            }
            let uids: BTreeSet<&str> = contents.objects.values().filter_map(|object| uid(object)).collect();
            let gone = before.values().filter_map(|object| uid(object)).filter(|uid| !uids.contains(uid));
            contents.gone.extend(gone.map(str::to_owned));
            contents.problem = None;
        });
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
                    contents.sightings.add(Sighting::of(&object, false, false));
                    contents.objects.insert(name(&object).to_owned(), Arc::new(object));
                }),
                WatchEvent::Deleted(object) => self.tell(|contents| {
                    contents.gone.extend(uid(&object).map(str::to_owned));
                    contents.sightings.add(Sighting::of(&object, false, true));
                    contents.objects.remove(name(&object));
                }),
                WatchEvent::Bookmark(_) => {}
            }
        }
        Ok(())
    }
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
                let version = text(&found, "/metadata/resourceVersion").unwrap_or_default().to_owned();
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
