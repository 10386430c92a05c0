//! The cluster as one value: objects and dead-lines, and how objects are written.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use tokio::time::Instant;

use super::{
    clock::{Clock, Now},
    fields,
    key::{Key, Resource},
    objects::{self, Failure, Strictness},
    quota,
    registry::{Registry, Served},
    store::Store,
    timing::{Timers, Timing, later},
    uid,
};
use iriskit_kubernetes::server_side_apply::track_update;

/// A cluster.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) timing: Timing,
    pub(crate) timers: Timers,
    pub(crate) registry: &'static Registry,
    /// Steps that ended with work left.
    pub(crate) restless: usize,
    clock: Clock,
    wake: Option<Instant>,
    /// How far controllers have read the changes of the store.
    read_up_to: BTreeMap<&'static str, u64>,
}

impl World {
    /// A cluster over these objects. What is pending in it goes on at the first step.
    pub(crate) fn new(registry: &'static Registry, store: Store, timing: Timing) -> Self {
        let clock = Clock::start();
        Self {
            store,
            timing,
            timers: Timers::default(),
            registry,
            restless: 0,
            clock,
            wake: Some(clock.now().instant),
            read_up_to: BTreeMap::new(),
        }
    }

    pub(crate) fn now(&self) -> Now {
        self.clock.now()
    }

    /// When the next step is due.
    pub(crate) fn next_step(&self) -> Option<Instant> {
        [self.wake, self.timers.next()].into_iter().flatten().min()
    }

    /// Lets controllers see what was written, a moment later, as in a cluster.
    pub(crate) fn stir(&mut self, now: Now) {
        let at = later(now.instant, self.timing.react);
        self.wake = Some(self.wake.map_or(at, |earlier| earlier.min(at)));
    }

    /// Whether a step is due; it is no longer afterwards.
    pub(crate) fn is_due(&mut self, now: Now) -> bool {
        let due = self.next_step().is_some_and(|at| at <= now.instant);
        if due {
            self.wake = None;
        }
        due
    }

    /// The version up to which a reader had read the changes before; it has now read them all.
    pub(crate) fn catch_up(&mut self, reader: &'static str) -> u64 {
        self.read_up_to.insert(reader, self.store.version()).unwrap_or_default()
    }

    /// One object.
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Value>> {
        self.store.get(key).cloned()
    }

    /// Writes a new object that is decoded: owner of the fields, allocated values, identity. With `dry_run` the object is
    /// only returned.
    pub(crate) fn insert(&mut self, new: &New<'_>, object: Value) -> Result<Arc<Value>, Failure> {
        let Served { kind, strategy } = new.served;
        strategy.admit_create(kind, &object, &self.store)?;
        let stamp = new.now.seconds();
        let mut object = match new.manager {
            Some(manager) => track_update(kind, None, object, manager, None, &stamp),
            None => object,
        };
        objects::finish_create(new.served, &mut object, &self.store, new.dry_run)?;
        quota::admit(&self.store, kind, new.namespace, None, &object)?;
        fields::set(&mut object, &["metadata", "uid"], Some(Value::from(uid::fresh())));
        fields::set(&mut object, &["metadata", "creationTimestamp"], Some(Value::from(stamp)));
        if new.dry_run {
            return Ok(Arc::new(object));
        }
        let key = Key::new(Resource::of(kind), new.namespace, fields::name(&object));
        Ok(self.store.put(key, object))
    }

    /// Makes an object as a controller does.
    pub(crate) fn make(
        &mut self,
        resource: Resource,
        namespace: &str,
        mut object: Value,
        now: Now,
    ) -> Result<Arc<Value>, Failure> {
        let Some(served) = self.registry.resource(resource) else {
            return Err(Failure::bad_request(format!("{} are not served by the sandbox", resource.plural)));
        };
        objects::address(&mut object, served.kind.namespaced.then_some(namespace), None)?;
        let object = objects::decode(served, &object, Strictness::Ignore)?;
        let manager = Some(Writer::controller(now).manager);
        self.insert(&New { served, namespace, manager, dry_run: false, now }, object)
    }

    /// Changes an object as a controller does: nothing is written when nothing changed, and an object that was only
    /// waiting for its last finalizer goes.
    pub(crate) fn update(&mut self, key: &Key, by: &Writer<'_>, change: impl FnOnce(&mut Value)) {
        let Some(live) = self.get(key) else { return };
        let Some(Served { kind, .. }) = self.registry.resource(key.resource) else { return };
        let mut new = Value::clone(&live);
        change(&mut new);
        if new == *live {
            return;
        }
        let new = track_update(kind, Some(&live), new, by.manager, by.subresource, &by.now.seconds());
        self.replace(key, new);
    }

    /// Puts a changed object in place of the live one, or removes it when deletion was only waiting for finalizers.
    pub(crate) fn replace(&mut self, key: &Key, new: Value) -> Arc<Value> {
        let released = fields::is_terminating(&new)
            && fields::items(&new, "/metadata/finalizers").is_empty()
            && fields::items(&new, "/spec/finalizers").is_empty()
            && fields::number(&new, "/metadata/deletionGracePeriodSeconds").unwrap_or_default() == 0;
        if released {
            self.store.remove(key);
            return Arc::new(new);
        }
        self.store.put(key.clone(), new)
    }
}

/// What is said about a new object besides its body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct New<'a> {
    pub(crate) served: Served,
    /// Empty for cluster-scoped kinds.
    pub(crate) namespace: &'a str,
    /// Who owns the fields; `None` when managedFields are already there (server-side apply).
    pub(crate) manager: Option<&'a str>,
    pub(crate) dry_run: bool,
    pub(crate) now: Now,
}

/// Who changes an object, and by which door.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub(crate) manager: &'a str,
    /// `status`, or none.
    pub(crate) subresource: Option<&'a str>,
    pub(crate) now: Now,
}

impl Writer<'static> {
    /// The controllers of Kubernetes.
    pub(crate) fn controller(now: Now) -> Self {
        Self { manager: "kube-controller-manager", subresource: None, now }
    }

    /// The same, writing the status.
    pub(crate) fn controller_status(now: Now) -> Self {
        Self { manager: "kube-controller-manager", subresource: Some("status"), now }
    }

    /// The node agent, which writes the status of pods.
    pub(crate) fn kubelet(now: Now) -> Self {
        Self { manager: "kubelet", subresource: Some("status"), now }
    }
}
