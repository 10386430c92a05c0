//! An object, the pods that it controls and the events about them, as watches tell of them.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::sleep;

use super::{events, terminal_pods, terminal_state::TerminalState};
use crate::apply::{context::Context, failure::Failure, watch::WatchCache};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Object, Pod},
};

/// How long a watch may lag behind a read before it is read again.
const LAG: Duration = Duration::from_secs(2);

/// Watches an object with all that a wait looks at.
pub(in crate::apply) struct ObjectWatch {
    object: ObjectRef,
    /// Where it is known which object of that name is meant.
    uid: Option<String>,
    own: WatchCache,
    /// Nothing where its pods are of no interest.
    pods: Option<WatchCache>,
    events: Option<WatchCache>,
    /// uids of its pods that were deleted, which may still be going.
    deleted: BTreeSet<String>,
    began: Timestamp,
}

/// What there is at one moment.
pub(in crate::apply) struct Now {
    pub(in crate::apply) object: Arc<Value>,
    /// The pods that it controls.
    pub(in crate::apply) pods: Vec<Arc<Value>>,
    events: Vec<Arc<Value>>,
    began: Timestamp,
}

/// Why there is nothing to look at.
pub(super) enum NotSeen {
    /// It is not known yet, or what was begun is not over.
    Waiting(String),
    /// There is no such object.
    Absent {
        /// It was there.
        was_deleted: bool,
    },
}

impl ObjectWatch {
    /// An object with its pods and the events about them.
    pub(in crate::apply) fn with_pods(context: &Context<'_>, object: &ObjectRef, uid: Option<&str>) -> Self {
        let of = |api_version: &str, kind: &str| context.watches.of(api_version, kind, object.namespace.as_deref());
        let own = of(&object.api_version, &object.kind);
        let (pods, events) = (Some(of("v1", "Pod")), Some(of("v1", "Event")));
        Self { pods, events, ..Self::over(own, context, object, uid) }
    }

    /// Nothing but the object, for who may not list its kind.
    pub(in crate::apply) fn alone(context: &Context<'_>, object: &ObjectRef, uid: Option<&str>) -> Self {
        Self::over(context.watches.one(object), context, object, uid)
    }

    fn over(own: WatchCache, context: &Context<'_>, object: &ObjectRef, uid: Option<&str>) -> Self {
        Self {
            object: object.clone(),
            uid: uid.map(str::to_owned),
            own,
            pods: None,
            events: None,
            deleted: BTreeSet::new(),
            began: context.began,
        }
    }

    /// Where the object is.
    pub(super) fn namespace(&self) -> Option<&str> {
        self.object.namespace.as_deref()
    }

    /// What there is now.
    pub(super) fn now(&self) -> Result<Now, NotSeen> {
        let problem = self.own.problem().or_else(|| self.pods.as_ref()?.problem());
        if let Some(problem) = problem {
            return Err(NotSeen::Waiting(problem));
        }
        let Some(object) = self.own.get(&self.object.name).filter(|found| self.is_meant(found)) else {
            let was_deleted = self.uid.as_deref().is_some_and(|uid| self.own.is_gone(uid));
            return Err(NotSeen::Absent { was_deleted });
        };
        let is_its_own = |pod: &Arc<Value>| Pod::new(pod).is_of(Object::new(&object));
        let pods = self.pods.as_ref().map(WatchCache::all).unwrap_or_default();
        let pods: Vec<Arc<Value>> = pods.into_iter().filter(is_its_own).collect();
        let deleted = |pod: &&Arc<Value>| Object::new(pod).uid().is_some_and(|uid| self.deleted.contains(uid));
        if let Some(pod) = pods.iter().find(deleted) {
            return Err(NotSeen::Waiting(format!("pod {} is terminating", Object::new(pod).name())));
        }
        let events = self.events.as_ref().map(WatchCache::all).unwrap_or_default();
        Ok(Now { object, pods, events, began: self.began })
    }

    /// Reads the object and its pods anew, whatever the watches reported.
    pub(in crate::apply) async fn read(&self, context: &Context<'_>) -> Result<Now, Failure> {
        let failed = Failure::request("reading the members again");
        let (cluster, namespace) = (context.cluster, self.object.namespace.as_deref());
        let (found, pods) = tokio::join!(cluster.get(&self.object), cluster.list("v1", "Pod", namespace, None));
        let found = found.map_err(|error| failed(&error))?.filter(|found| self.is_meant(found));
        let found = found.ok_or_else(|| Failure::failed("it was deleted"))?;
        let pods = pods.map_err(|error| failed(&error))?.items.into_iter();
        let pods = pods.filter(|pod| Pod::new(pod).is_of(Object::new(&found))).map(Arc::new).collect();
        Ok(Now { object: Arc::new(found), pods, events: Vec::new(), began: self.began })
    }

    fn is_meant(&self, found: &Value) -> bool {
        self.uid.is_none() || Object::new(found).uid() == self.uid.as_deref()
    }

    /// A pod was deleted: it has to be gone before there is anything to look at.
    pub(in crate::apply) fn mark_deleted(&mut self, pod_uid: &str) {
        self.deleted.insert(pod_uid.to_owned());
    }

    /// Until the watches tell something new, or they should have.
    pub(in crate::apply) async fn catch_up(&self, context: &Context<'_>) -> Result<(), Failure> {
        let (mut own, mut pods) = (self.own.clone(), self.pods.clone());
        own.mark_seen();
        let pods_changed = async {
            match &mut pods {
                Some(pods) => {
                    pods.mark_seen();
                    pods.changed().await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = context.options.stop.stopped() => Err(Failure::Stopped),
            () = own.changed() => Ok(()),
            () = pods_changed => Ok(()),
            () = sleep(LAG) => Ok(()),
        }
    }

    /// Everything that a look depends on.
    pub(super) fn caches(&self) -> Vec<WatchCache> {
        [Some(&self.own), self.pods.as_ref(), self.events.as_ref()].into_iter().flatten().cloned().collect()
    }
}

impl Now {
    /// The pods that the object controls.
    pub(in crate::apply) fn pods(&self) -> Vec<&Value> {
        self.pods.iter().map(Arc::as_ref).collect()
    }

    /// What will not heal by itself in the pods.
    pub(in crate::apply) fn terminal_states_of_pods(&self) -> Vec<TerminalState> {
        terminal_pods::of_pods(&self.pods(), &events::since(&self.events(), self.began))
    }

    /// The same, and that no pod can be made, which only events say.
    pub(in crate::apply) fn terminal_states(&self) -> Vec<TerminalState> {
        let uid = Object::new(&self.object).uid();
        let not_made = uid.and_then(|uid| events::failed_create(uid, &self.events(), self.began));
        let refused = terminal_pods::replica_failure(Object::new(&self.object));
        self.terminal_states_of_pods().into_iter().chain(not_made).chain(refused).collect()
    }

    /// A reason to wait, with the newest warning of the cluster about the object or its pods.
    pub(super) fn with_newest_warning(&self, reason: String) -> String {
        let about = self.pods.iter().chain([&self.object]);
        let uids: Vec<&str> = about.filter_map(|object| Object::new(object).uid()).collect();
        match events::newest_warning(&uids, &self.events(), self.began) {
            Some(warning) => format!("{reason}; {warning}"),
            None => reason,
        }
    }

    fn events(&self) -> Vec<&Value> {
        self.events.iter().map(Arc::as_ref).collect()
    }
}
