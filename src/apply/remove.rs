//! Deletions: guarded by uid, and waited for.

use std::{collections::BTreeMap, sync::Arc};

use iriskit_state::plan::{self, ResourceChange};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    Event,
    failure::Failure,
    feed::Feed,
    perform::Performer,
    target::{controller, is_terminating, items, name, uid},
    wait::Look,
    write::unmoved,
};
use crate::cluster::{DeleteOptions, Propagation};
use iriskit_core::mirror::{MemberState, Role, StatusAge, primary_last};
use iriskit_core::plan::is_protected;
use iriskit_kubernetes::schema::ObjectRef;

/// What a pod has to be for its deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// The one that was seen.
    Same,
    /// Exactly as it was seen: its role is part of it.
    Unchanged,
}

/// Pods of a StatefulSet by name, with their uids.
pub(super) type Pods = BTreeMap<String, String>;

impl Performer<'_> {
    /// Deletes an object and waits until it is gone.
    pub(super) async fn delete(
        &self,
        change: &ResourceChange,
        object: &ObjectRef,
        uid: &str,
        policy: plan::Propagation,
    ) -> Result<(), Failure> {
        let options =
            DeleteOptions { uid: Some(uid.to_owned()), propagation: propagation(policy), ..DeleteOptions::default() };
        self.go_on()?;
        self.check_unprotected(object).await?;
        match self.cluster.delete(object, &options).await {
            // A `Status` says that it went at once.
            Ok(answer) if answer.get("kind").and_then(Value::as_str) == Some("Status") => return Ok(()),
            Ok(_) => {}
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) if error.is_conflict() || error.is_uid_mismatch() => {
                let found = self.cluster.get(object).await;
                let found = found.map_err(|error| Failure::request("deleting it")(&error))?;
                unmoved(change, object, found.as_ref())?;
                return Err(Failure::request("deleting it")(&error));
            }
            Err(error) => return Err(Failure::request("deleting it")(&error)),
        }
        self.wait_gone(&change.address, object, uid).await
    }

    /// Somebody may have protected it since the run began.
    async fn check_unprotected(&self, object: &ObjectRef) -> Result<(), Failure> {
        let found = self.cluster.get(object).await;
        let found = found.map_err(|error| Failure::request("deleting it")(&error))?;
        match found {
            Some(found) if is_protected(&found) => {
                Err(Failure::failed("it was protected from deletion in the meantime"))
            }
            _ => Ok(()),
        }
    }

    /// Waits until the object with this uid is gone.
    async fn wait_gone(&self, address: &str, object: &ObjectRef, gone: &str) -> Result<(), Failure> {
        let feed = self.feeds.one(object);
        let look = || {
            if !feed.is_filled() {
                return Look::Waiting { reason: problem(&feed, "reading it"), troubles: Vec::new() };
            }
            match feed.get(&object.name).filter(|found| uid(found) == Some(gone)) {
                None => Look::Done(()),
                Some(found) => Look::Waiting { reason: staying_reason(object, &found), troubles: Vec::new() },
            }
        };
        self.wait(address).until(&mut [feed.clone()], look).await
    }

    /// The pods that a StatefulSet has now: after an orphaning deletion nobody could tell.
    pub(super) async fn pods_of(&self, set: &ObjectRef, set_uid: &str) -> Result<Pods, Failure> {
        let list = self.cluster.list("v1", "Pod", set.namespace.as_deref(), None).await;
        let items = list.map_err(|error| Failure::request("listing its pods")(&error))?.items;
        let ours = items.iter().filter(|pod| controller(pod) == Some(set_uid));
        Ok(ours.map(|pod| (name(pod).to_owned(), uid(pod).unwrap_or_default().to_owned())).collect())
    }

    /// Deletes the pods that a StatefulSet left, one after the other: backup first, primary last, by the roles that they
    /// have at that moment.
    pub(super) async fn delete_pods(
        &self,
        change: &ResourceChange,
        set: &ObjectRef,
        planned: &[(String, String)],
        left: &Pods,
    ) -> Result<(), Failure> {
        let mut remaining: Pods =
            planned.iter().map(|(name, uid)| (name.clone(), left.get(name).unwrap_or(uid).clone())).collect();
        for name in left.keys().filter(|name| !remaining.contains_key(*name)) {
            let message = format!("pod {name} is not in the plan and stays");
            (self.tell)(Event::Warning { address: Some(change.address.clone()), message });
        }
        while !remaining.is_empty() {
            self.go_on()?;
            let mut members = self.members_left(set, &mut remaining).await?;
            primary_last(&mut members);
            let Some(next) = members.first() else { return Ok(()) };
            remaining.remove(&next.name);
            self.delete_pod(&change.address, set, next, Guard::Same).await?;
            let pod = pod_of(set, &next.name);
            self.wait_gone(&change.address, &pod, &next.uid).await?;
        }
        Ok(())
    }

    /// Reads the pods that are still to be deleted; those that are gone are taken off the list.
    async fn members_left(&self, set: &ObjectRef, remaining: &mut Pods) -> Result<Vec<MemberState>, Failure> {
        let mut members = Vec::new();
        for (name, uid_then) in remaining.clone() {
            let found = self.cluster.get(&pod_of(set, &name)).await;
            let found = found.map_err(|error| Failure::request("reading its pods")(&error))?;
            match found.filter(|pod| uid(pod) == Some(uid_then.as_str())) {
                Some(pod) => members.push(MemberState::of(&pod, StatusAge::FreshAt(self.now()))),
                None => {
                    remaining.remove(&name);
                }
            }
        }
        Ok(members)
    }

    /// Deletes one pod, and tells so. `false` when it is not what it was, or gone: what comes next sees it.
    pub(super) async fn delete_pod(
        &self,
        address: &str,
        set: &ObjectRef,
        member: &MemberState,
        guard: Guard,
    ) -> Result<bool, Failure> {
        let options = DeleteOptions {
            uid: Some(member.uid.clone()),
            resource_version: (guard == Guard::Unchanged).then(|| member.resource_version.clone()),
            ..DeleteOptions::default()
        };
        match self.cluster.delete(&pod_of(set, &member.name), &options).await {
            Ok(_) => {
                let role = member.likely_role().map(|role: Role| role.as_str().to_owned());
                let (address, pod) = (address.to_owned(), member.name.clone());
                (self.tell)(Event::PodDeleted { address, pod, role });
                Ok(true)
            }
            Err(error) if error.is_not_found() || error.is_conflict() => Ok(false),
            Err(error) => Err(Failure::request(&format!("deleting pod {}", member.name))(&error)),
        }
    }

    /// The server's time.
    pub(super) fn now(&self) -> Timestamp {
        self.cluster.server_time().unwrap_or_else(Timestamp::now)
    }
}

fn pod_of(set: &ObjectRef, name: &str) -> ObjectRef {
    ObjectRef { namespace: set.namespace.clone(), ..ObjectRef::cluster_scoped("v1", "Pod", name) }
}

/// Why nothing comes from a feed.
pub(super) fn problem(feed: &Feed, otherwise: &str) -> String {
    feed.problem().unwrap_or_else(|| otherwise.to_owned())
}

fn staying_reason(object: &ObjectRef, found: &Arc<Value>) -> String {
    let finalizers: Vec<&str> = items(found, "/metadata/finalizers").iter().filter_map(Value::as_str).collect();
    match finalizers.as_slice() {
        [] if is_terminating(found) && object.kind == "Pod" => format!("{} is stopping", object.name),
        [] => "it is going".to_owned(),
        ["foregroundDeletion"] => "its pods are going".to_owned(),
        ["kubernetes.io/pvc-protection"] => "a pod still uses it".to_owned(),
        _ => format!("held by {}", finalizers.join(", ")),
    }
}

/// The word of the plan in that of the request.
pub(super) fn propagation(policy: plan::Propagation) -> Propagation {
    match policy {
        plan::Propagation::Background => Propagation::Background,
        plan::Propagation::Foreground => Propagation::Foreground,
        plan::Propagation::Orphan => Propagation::Orphan,
    }
}
