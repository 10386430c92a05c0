//! The cluster as one value: objects, dead-lines, and the steps in which its controllers work.

use std::sync::Arc;

use serde_json::Value;
use tokio::time::Instant;

use super::{
    admission,
    clock::{Clock, Now},
    controllers, fields,
    key::{Key, Resource},
    objects::{self, Failure, Strictness},
    quota,
    store::Store,
    taken::Taken,
    timing::{Timers, Timing, later},
    uid,
};
use iriskit_kubernetes::{schema::Kind, server_side_apply::track_update};

/// Passes of all controllers in one step; a bound against controllers that undo one another's work for ever.
const MOST_PASSES: usize = 200;

/// A cluster.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) timing: Timing,
    pub(crate) timers: Timers,
    pub(crate) sets: controllers::Queue,
    pub(crate) garbage: controllers::Watched,
    /// Steps that ended with work left.
    pub(crate) restless: usize,
    clock: Clock,
    wake: Option<Instant>,
}

impl World {
    /// A cluster over these objects. What is pending in it goes on at the first step.
    pub(crate) fn new(store: Store, timing: Timing) -> Self {
        let clock = Clock::start();
        Self {
            store,
            timing,
            timers: Timers::default(),
            sets: controllers::Queue::default(),
            garbage: controllers::Watched::default(),
            restless: 0,
            clock,
            wake: Some(clock.now().instant),
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

    /// Runs all controllers until nothing changes any more, when a step is due.
    pub(crate) fn step(&mut self, now: Now) {
        if self.next_step().is_none_or(|at| at > now.instant) {
            return;
        }
        self.wake = None;
        for _ in 0..MOST_PASSES {
            let before = self.store.version();
            controllers::pass(self, now);
            if self.store.version() == before {
                self.timers.forget_passed(now.instant);
                return;
            }
        }
        self.restless += 1;
        tracing::warn!(steps = self.restless, "controllers of the sandbox do not come to rest");
        self.stir(now);
    }

    /// One object.
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Value>> {
        self.store.get(key).cloned()
    }

    /// Addresses, ports and classes that are given out.
    pub(crate) fn taken(&self) -> Taken<'_> {
        Taken(&self.store)
    }

    /// Writes a new object that is decoded: owner of the fields, allocated values, identity. With `dry_run` the object is
    /// only returned.
    pub(crate) fn insert(&mut self, new: &New<'_>, object: Value) -> Result<Arc<Value>, Failure> {
        let stamp = new.now.seconds();
        let mut object = match new.manager {
            Some(manager) => track_update(new.kind, None, object, manager, None, &stamp),
            None => object,
        };
        if new.kind.kind == "Pod" {
            admission::complete_pod(self, new.namespace, &mut object);
        }
        objects::finish_create(new.kind, &mut object, &self.taken(), new.dry_run)?;
        quota::admit(self, new.kind, new.namespace, None, &object)?;
        fields::set(&mut object, &["metadata", "uid"], Some(Value::from(uid::fresh())));
        fields::set(&mut object, &["metadata", "creationTimestamp"], Some(Value::from(stamp)));
        if new.dry_run {
            return Ok(Arc::new(object));
        }
        let key = Key::new(Resource::of(new.kind), new.namespace, fields::name(&object));
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
        let Some(kind) = resource.kind() else {
            return Err(Failure::bad_request(format!("{} are not served by the sandbox", resource.plural)));
        };
        objects::address(&mut object, kind.namespaced.then_some(namespace), None)?;
        let object = objects::decode(kind, &object, Strictness::Ignore)?;
        let manager = Some(Writer::controller(now).manager);
        self.insert(&New { kind, namespace, manager, dry_run: false, now }, object)
    }

    /// Changes an object as a controller does: nothing is written when nothing changed, and an object that was only
    /// waiting for its last finalizer goes.
    pub(crate) fn update(&mut self, key: &Key, by: &Writer<'_>, change: impl FnOnce(&mut Value)) {
        let Some(live) = self.get(key) else { return };
        let Some(kind) = key.resource.kind() else { return };
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
    pub(crate) kind: &'static Kind,
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
