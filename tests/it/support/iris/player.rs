//! The task that watches the pods and advances the mirror sets.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, pin_mut};
use http::{Request, header};
use kube::Client;
use kube::core::WatchEvent;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use super::{
    mirror::Event,
    mirror_sets::{MirrorSets, USER_AGENT},
};
use crate::support::controlplane::{ControlPlane, exchange};

/// Plays IRIS and its mirror labelers in one namespace until it is dropped.
///
/// A pod's instance runs while the pod is ready. Of a mirrored set (pods with `intersystems.com/component: data`, two
/// members or more, `OnDelete` or a label `intersystems.com/shard`) the first that runs becomes primary, the second
/// backup; a backup's journal transfer is `Catching up`, then `Active`. When the primary's pod is deleted or not ready, a
/// backup that is Active takes over at once; one that is not leaves the set without a primary until the last primary
/// is back, as IRIS would.
pub(crate) struct IrisPlayer<'a> {
    plane: &'a ControlPlane,
    sets: Arc<Mutex<MirrorSets>>,
    task: JoinHandle<()>,
}

impl<'a> IrisPlayer<'a> {
    pub(crate) fn start(plane: &'a ControlPlane, namespace: &str) -> Self {
        let (client, runtime) = plane.client();
        let sets = Arc::new(Mutex::new(MirrorSets::new(client.clone(), namespace)));
        let task = runtime.spawn(watch(client, namespace.to_owned(), Arc::clone(&sets)));
        Self { plane, sets, task }
    }

    /// Makes the backup primary. Returns when both labels are written.
    ///
    /// # Panics
    ///
    /// Without a primary and an active backup.
    pub(crate) fn fail_over(&self, set: &str) {
        self.act(|sets| {
            let catch_up = (!sets.held).then_some(sets.catch_up);
            sets.mirrors.get_mut(set).expect("a mirrored set").fail_over(Instant::now(), catch_up);
        });
    }

    /// Makes the backup primary if it could take over now; says whether it could.
    pub(crate) fn try_fail_over(&self, set: &str) -> bool {
        let mut done = false;
        self.act(|sets| {
            let catch_up = (!sets.held).then_some(sets.catch_up);
            let mirror = sets.mirrors.get_mut(set).expect("a mirrored set");
            done = mirror.is_whole();
            if done {
                mirror.fail_over(Instant::now(), catch_up);
            }
        });
        done
    }

    /// Sets the journal transfer of a pod's member (`Active`, `Catching up`), until its pod is replaced.
    pub(crate) fn set_journal(&self, pod: &str, state: &str) {
        self.act(|sets| {
            let (set, ordinal) = pod.rsplit_once('-').expect("a pod of a set");
            sets.mirrors.get_mut(set).expect("a mirrored set").transfer(ordinal.parse().expect("an ordinal"), state);
        });
    }

    /// While held, no backup becomes Active.
    pub(crate) fn hold_catch_up(&self, held: bool) {
        self.act(|sets| sets.held = held);
    }

    /// How long a backup needs to become Active: 200 ms by default.
    pub(crate) fn catch_up_after(&self, delay: Duration) {
        self.act(|sets| sets.catch_up = delay);
    }

    /// The pod of the primary of a set.
    pub(crate) fn primary(&self, set: &str) -> Option<String> {
        let sets = self.sets.blocking_lock();
        let mirror = sets.mirrors.get(set)?;
        mirror.primary().map(|ordinal| mirror.members[&ordinal].pod.clone())
    }

    /// Waits until a set has a primary and an active backup, and their labels are written; gives the primary's pod.
    pub(crate) fn pair(&self, set: &str) -> String {
        self.plane.until(&format!("a mirror pair in {set}"), |_| {
            let sets = self.sets.blocking_lock();
            let mirror = sets.mirrors.get(set)?;
            let active = mirror.members.values().any(|member| member.journal == "Active");
            mirror.primary().filter(|_| active).map(|ordinal| mirror.members[&ordinal].pod.clone())
        })
    }

    /// What happened so far.
    pub(crate) fn history(&self) -> Vec<(Instant, Event)> {
        self.sets.blocking_lock().history.clone()
    }

    fn act(&self, change: impl FnOnce(&mut MirrorSets)) {
        self.plane.client().1.block_on(async {
            let mut sets = self.sets.lock().await;
            change(&mut sets);
            sets.advance().await;
        });
    }
}

impl Drop for IrisPlayer<'_> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Lists, then watches, again and again. Errors only mean to start over: the control plane may be on its way down.
async fn watch(client: Client, namespace: String, sets: Arc<Mutex<MirrorSets>>) {
    let path = format!("/api/v1/namespaces/{namespace}/pods?labelSelector=intersystems.com%2Fcomponent%3Ddata");
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    loop {
        tick.tick().await;
        let Ok((200, list)) = exchange(&client, USER_AGENT, "GET", &path, "application/json", None).await else {
            continue;
        };
        sets.lock().await.saw_all(list["items"].as_array().map_or(&[], Vec::as_slice)).await;
        let version = list["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        let request = Request::get(format!("{path}&watch=true&resourceVersion={version}"))
            .header(header::USER_AGENT, USER_AGENT)
            .body(Vec::new())
            .expect("a request");
        let Ok(events) = client.request_events::<Value>(request).await else { continue };
        pin_mut!(events);
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(Ok(WatchEvent::Added(pod) | WatchEvent::Modified(pod))) => sets.lock().await.saw(&pod, false).await,
                    Some(Ok(WatchEvent::Deleted(pod))) => sets.lock().await.saw(&pod, true).await,
                    _ => break,
                },
                _ = tick.tick() => {}
            }
            sets.lock().await.advance().await;
        }
    }
}
