//! One change, step by step.

use std::sync::Arc;

use iriskit_state::plan::{Note, PauseBefore, Plan, Propagation, ResourceChange, Step};
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use super::{
    ApplyOptions, Event,
    failure::Failure,
    feed::{Feed, Feeds},
    ready::{Readiness, readiness, revision_of},
    refit::Refit,
    remove::{Pods, problem},
    reread::Seen,
    roll::{Rolling, joined},
    target::{action_of, name, number, object_at, object_of, text, uid},
    trouble,
    wait::{Look, Wait},
};
use crate::cluster::Cluster;
use iriskit_core::plan::{
    SecretValues,
    mirror::{Refitted, Terms},
};
use iriskit_kubernetes::schema::ObjectRef;

/// What all changes of a run share.
pub(super) struct Performer<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) plan: &'a Plan,
    pub(super) fills: &'a SecretValues,
    pub(super) options: &'a ApplyOptions,
    pub(super) tell: &'a (dyn Fn(Event) + Sync),
    pub(super) seen: &'a Seen,
    pub(super) feeds: &'a Feeds,
    /// When the run began, by the server's clock: older events are not about it.
    pub(super) began: Timestamp,
}

/// What became of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Outcome {
    /// Its uid; absent when it is gone.
    pub(super) uid: Option<String>,
    /// What was seen that the plan had not said.
    pub(super) observed: Vec<String>,
}

/// What steps of one change leave for later ones.
struct Progress {
    live: Option<Value>,
    pods: Pods,
    observed: Vec<String>,
}

impl Performer<'_> {
    /// Does all steps of a change.
    pub(super) async fn perform(&self, change: &ResourceChange) -> Result<Outcome, Failure> {
        let object = object_of(change);
        self.may_begin(change, &object).await?;
        let mut progress = Progress { live: self.seen.get(&object).cloned(), pods: Pods::new(), observed: Vec::new() };
        for step in &change.steps {
            self.go_on()?;
            let (address, action) = (change.address.clone(), action_of(step));
            (self.tell)(Event::StepStarted { address: address.clone(), action });
            let begun = Instant::now();
            self.step(change, &object, step, &mut progress).await?;
            (self.tell)(Event::StepDone { address, action, took: begun.elapsed() });
        }
        Ok(Outcome { uid: progress.live.as_ref().and_then(uid).map(str::to_owned), observed: progress.observed })
    }

    async fn step(
        &self,
        change: &ResourceChange,
        object: &ObjectRef,
        step: &Step,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let generation = progress.live.as_ref().and_then(|live| number(live, "/metadata/generation")).unwrap_or(0);
        match step {
            Step::Create { body, holes, verify_first } => {
                progress.live = Some(self.create(change, object, (body, holes), *verify_first).await?);
            }
            Step::Update { body, holes, uid, verify_first } => {
                // After fields were taken over its version is another one.
                let live = progress.live.take().or_else(|| self.seen.get(object).cloned());
                progress.live = Some(self.update(change, object, (body, holes), *verify_first, (uid, live)).await?);
            }
            Step::TakeOver { uid, from } => {
                progress.live = Some(self.take_over(change, object, uid, from).await?);
            }
            Step::Delete { uid, propagation } => {
                if *propagation == Propagation::Orphan {
                    progress.pods = self.pods_of(object, uid).await?;
                }
                self.delete(change, object, uid, *propagation).await?;
                progress.live = None;
            }
            Step::WaitReady => {
                let rolled = change
                    .steps
                    .iter()
                    .any(|step| matches!(step, Step::RollByRole { pause_before: None, .. } | Step::ReplacePods { .. }));
                let on_delete = progress
                    .live
                    .as_ref()
                    .is_some_and(|live| text(live, "/spec/updateStrategy/type") == Some("OnDelete"));
                // Under `OnDelete` without a whole roll of ours old pods stay until somebody deletes them.
                let revisions = rolled || !on_delete;
                let expected = progress.live.as_ref().and_then(uid).map(str::to_owned);
                let outdated = self.wait_ready(&change.address, object, expected, generation, revisions).await?;
                self.report_outdated(change, &outdated, progress);
            }
            Step::RollByRole { blind, both_primary, been, pause_before } => {
                let uid = progress.live.as_ref().and_then(uid);
                let up_to_primary = *pause_before == Some(PauseBefore::Primary);
                let terms = Terms { blind: *blind, both_primary: *both_primary, up_to_primary };
                let (address, owner) = (&change.address, &change.owner);
                let rolling = Rolling { address, owner, set: object, uid, generation, terms, been };
                self.roll(&rolling).await?;
            }
            Step::WaitMirror { set, blind } => {
                let set = object_at("apps/v1", set)
                    .ok_or_else(|| Failure::failed(format!("the plan waits for {set}, which is no address")))?;
                self.wait_mirror(&change.address, &set, *blind).await?;
            }
            Step::DeletePodsByRole { pods } => self.delete_pods(change, object, pods, &progress.pods).await?,
            Step::GrowClaim { claim, uid, to, .. } => self.grow(change, claim, uid, to).await?,
            Step::AdoptPods { pods } => {
                let observed = self.adopted(change, object, pods).await?;
                progress.observed.extend(observed);
            }
            Step::ReplacePods { mirrored, blind } => {
                let uid = progress.live.as_ref().and_then(uid);
                let whose = if *mirrored { Refitted::Mirror { blind: *blind } } else { Refitted::Apart };
                let refit = Refit { address: &change.address, set: object, uid, generation, whose };
                self.refit(&refit).await?;
            }
        }
        Ok(())
    }

    /// Waits until an object is ready. Gives the names of its pods that are of an older revision.
    async fn wait_ready(
        &self,
        address: &str,
        object: &ObjectRef,
        expected: Option<String>,
        generation: i64,
        revisions: bool,
    ) -> Result<Vec<String>, Failure> {
        let namespace = object.namespace.as_deref();
        let own = self.feeds.of(&object.api_version, &object.kind, namespace);
        let pods = self.feeds.of("v1", "Pod", namespace);
        let events = self.feeds.of("v1", "Event", namespace);
        let look = || {
            if let Some(reason) = unfilled(&own, &pods) {
                return Look::Waiting { reason, troubles: Vec::new() };
            }
            let found = own.get(&object.name).filter(|found| expected.is_none() || uid(found) == expected.as_deref());
            let Some(found) = found else {
                if expected.as_deref().is_some_and(|uid| own.is_gone(uid)) {
                    return Look::Failed("it was deleted".to_owned());
                }
                return Look::Waiting { reason: "it has not come back yet".to_owned(), troubles: Vec::new() };
            };
            let object_uid = uid(&found).unwrap_or_default();
            let controlled = pods.controlled_by(object_uid);
            let controlled: Vec<&Value> = controlled.iter().map(Arc::as_ref).collect();
            match readiness(&found, &controlled, generation, revisions) {
                Readiness::Ready => Look::Done(outdated(&found, &controlled)),
                Readiness::Failed(reason) => Look::Failed(reason),
                Readiness::Waiting(reason) => {
                    let events = events.all();
                    let events: Vec<&Value> = events.iter().map(Arc::as_ref).collect();
                    let uids: Vec<&str> = controlled.iter().filter_map(|pod| uid(pod)).chain([object_uid]).collect();
                    let mut troubles = trouble::of_pods(&controlled);
                    troubles.extend(trouble::of_events(object_uid, &events, self.began));
                    let warning = trouble::newest_warning(&uids, &events, self.began);
                    Look::Waiting { reason: joined(reason, warning), troubles }
                }
            }
        };
        self.wait(address).until(&mut [own.clone(), pods.clone(), events.clone()], look).await
    }

    /// Whether the plan says that pods of this set stay on an older revision.
    pub(super) fn leaves_outdated(&self, change: &ResourceChange) -> bool {
        let of_change = |note: &Note| note.id == "pods-outdated" && note.address.as_ref() == Some(&change.address);
        self.plan.notes.iter().any(of_change)
    }

    /// Pods of an older revision that no note of the plan speaks of.
    fn report_outdated(&self, change: &ResourceChange, outdated: &[String], progress: &mut Progress) {
        if !outdated.is_empty() && !self.leaves_outdated(change) {
            progress.observed.push(format!(
                "{}: {} still of an older revision, which the plan had not said",
                change.address,
                outdated.join(", ")
            ));
        }
    }

    /// How to wait for something about an object.
    pub(super) fn wait<'b>(&'b self, address: &'b str) -> Wait<'b> {
        Wait { address, options: self.options, tell: self.tell }
    }

    /// Whether the next write may be made.
    pub(super) fn go_on(&self) -> Result<(), Failure> {
        if self.options.stop.is_stopped() { Err(Failure::Stopped) } else { Ok(()) }
    }
}

fn unfilled(own: &Feed, pods: &Feed) -> Option<String> {
    [own, pods]
        .into_iter()
        .find(|feed| !feed.is_filled() || feed.problem().is_some())
        .map(|feed| problem(feed, "reading it"))
}

fn outdated(set: &Value, pods: &[&Value]) -> Vec<String> {
    let wanted = text(set, "/status/updateRevision");
    if text(set, "/kind") != Some("StatefulSet") {
        return Vec::new();
    }
    pods.iter().filter(|pod| revision_of(pod) != wanted).map(|pod| name(pod).to_owned()).collect()
}
