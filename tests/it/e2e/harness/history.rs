//! What happened on the control plane, from its watch streams.

use std::sync::{Arc, Mutex};

use futures::{StreamExt as _, pin_mut};
use http::Request;
use kube::Client;
use kube::core::WatchEvent;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::world::{World, is_ready, name_of};
use crate::support::controlplane::ControlPlane;

/// Something that happened, in the order of the whole cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

#[derive(Clone, Debug)]
struct Seen {
    at: Moment,
    object: Value,
    gone: bool,
}

/// Watches pods, StatefulSets and Services of a namespace until it is dropped.
pub(crate) struct History {
    seen: Arc<Mutex<Vec<Seen>>>,
    tasks: Vec<JoinHandle<()>>,
}

impl History {
    /// Begins now: what exists already is not in it.
    pub(crate) fn of(world: &World, plane: &ControlPlane) -> Self {
        let seen = Arc::default();
        let (client, runtime) = plane.client();
        let paths = ["pods", "services", "statefulsets"].map(|plural| {
            let version = world.get(plural)["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
            (world.path(plural), version)
        });
        let follow = |(path, version)| runtime.spawn(follow(client.clone(), path, version, Arc::clone(&seen)));
        let tasks = paths.into_iter().map(follow).collect();
        Self { seen, tasks }
    }

    /// The first moment at which an object, by `Kind/name`, is as wanted; waited for, as streams lag behind answers.
    #[track_caller]
    pub(crate) fn first(&self, world: &World, object: &str, wanted: impl Fn(&Value) -> bool) -> Moment {
        world.until(object, || {
            let seen = self.seen.lock().unwrap();
            seen.iter()
                .filter(|seen| !seen.gone && is(&seen.object, object) && wanted(&seen.object))
                .map(|s| s.at)
                .min()
        })
    }

    /// When it was made.
    #[track_caller]
    pub(crate) fn made(&self, world: &World, object: &str) -> Moment {
        self.first(world, object, |_| true)
    }

    /// When it was ready first.
    #[track_caller]
    pub(crate) fn ready(&self, world: &World, object: &str) -> Moment {
        self.first(world, object, is_ready)
    }

    /// When its deletion began.
    #[track_caller]
    pub(crate) fn going(&self, world: &World, object: &str) -> Moment {
        world.until(&format!("the end of {object}"), || {
            let seen = self.seen.lock().unwrap();
            let going = |seen: &&Seen| seen.gone || seen.object["metadata"]["deletionTimestamp"].is_string();
            seen.iter().filter(|seen| is(&seen.object, object)).filter(going).map(|seen| seen.at).min()
        })
    }

    /// When it was gone.
    #[track_caller]
    pub(crate) fn gone(&self, world: &World, object: &str) -> Moment {
        world.until(&format!("the end of {object}"), || {
            let seen = self.seen.lock().unwrap();
            seen.iter().filter(|seen| seen.gone && is(&seen.object, object)).map(|seen| seen.at).min()
        })
    }

    /// Every state of the pods of a set, in order: pod, its object, whether it is gone.
    pub(crate) fn pods(&self, set: &str) -> Vec<(Value, bool)> {
        let mut seen = self.seen.lock().unwrap().clone();
        seen.sort_by_key(|seen| seen.at);
        let of_set =
            |seen: &Seen| kind_of(&seen.object) == "Pod" && name_of(&seen.object).starts_with(&format!("{set}-"));
        seen.into_iter().filter(of_set).map(|seen| (seen.object, seen.gone)).collect()
    }
}

impl std::fmt::Debug for History {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut seen = self.seen.lock().unwrap().clone();
        seen.sort_by_key(|seen| seen.at);
        for Seen { at: Moment(at), object, gone } in seen {
            let going = if object["metadata"]["deletionTimestamp"].is_string() { " going" } else { "" };
            let gone = if gone { " gone" } else { "" };
            let ready = if is_ready(&object) { " ready" } else { "" };
            writeln!(out, "{at} {}/{}{ready}{going}{gone}", kind_of(&object), name_of(&object))?;
        }
        Ok(())
    }
}

impl Drop for History {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Moments follow one another.
#[track_caller]
pub(crate) fn in_order(history: &History, moments: &[(&str, Moment)]) {
    assert!(moments.is_sorted_by(|(_, earlier), (_, later)| earlier < later), "{moments:#?}\n{history:?}");
}

fn kind_of(object: &Value) -> &str {
    object["kind"].as_str().unwrap_or_default()
}

fn is(object: &Value, name: &str) -> bool {
    format!("{}/{}", kind_of(object), name_of(object)) == name
}

async fn follow(client: Client, path: String, version: String, seen: Arc<Mutex<Vec<Seen>>>) {
    let request =
        Request::get(format!("{path}?watch=true&resourceVersion={version}")).body(Vec::new()).expect("a request");
    let events = client.request_events::<Value>(request).await.expect("a watch");
    pin_mut!(events);
    while let Some(event) = events.next().await {
        let (object, gone) = match event {
            Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)) => (object, false),
            Ok(WatchEvent::Deleted(object)) => (object, true),
            other => panic!("watch of {path}: {other:?}"),
        };
        let version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        let at = Moment(version.parse().expect("a number"));
        seen.lock().unwrap().push(Seen { at, object, gone });
    }
}
