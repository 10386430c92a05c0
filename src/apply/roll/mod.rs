//! Rolling a mirrored StatefulSet by role: asyncs, backup, wait until it could take over, primary; for a new version the new
//! primary once more, so that both were primary in it.
//!
//! A clean fail-over needs no more than Kubernetes' verbs: the deletion of the primary's pod stops IRIS gracefully, and with
//! a backup that is Active that is a planned fail-over.

mod begin;
mod mirror;

use iriskit_state::plan::AllowanceName;
use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::{Duration, sleep};

use super::{
    ApplyError,
    failure::Failure,
    feed::Feed,
    ledger::Ledger,
    perform::Performer,
    ready::{pod_state, revision_of},
    remove::{Guard, problem},
    target::{controller, number, text, uid},
    trouble,
    upgrades::with_been,
    wait::Look,
};
use iriskit_core::mirror::Role;
use iriskit_core::plan::{
    OwnerName, applyset,
    mirror::{Belief, Decision, Scene, Sight, Terms, decide, new_primaries},
    missing_in,
};
use iriskit_kubernetes::schema::ObjectRef;

/// How long a watch may lag behind a read before it is read again.
const LAG: Duration = Duration::from_secs(2);

/// The allowance without which the primary of a mirror is never restarted.
const RESTART_PRIMARY: AllowanceName = AllowanceName::RestartPrimary;

/// A mirror has this many members that take over from one another.
const MEMBERS_TO_BE_PRIMARY: usize = 2;

/// A StatefulSet and its pods.
type SetAndPods = (Arc<Value>, Vec<Arc<Value>>);

/// The feeds that a roll looks at.
pub(super) struct View {
    pub(super) sets: Feed,
    pub(super) pods: Feed,
    events: Feed,
}

impl View {
    pub(super) fn all(&self) -> [Feed; 3] {
        [self.sets.clone(), self.pods.clone(), self.events.clone()]
    }

    /// The set and the pods that it controls; `None` where it does not exist.
    ///
    /// # Errors
    /// What keeps them from being known.
    fn members(&self, set: &ObjectRef) -> Result<Option<SetAndPods>, String> {
        let unfilled = [&self.sets, &self.pods].into_iter().find(|feed| !feed.is_filled());
        if let Some(feed) = unfilled {
            return Err(problem(feed, "reading the pods"));
        }
        Ok(self.sets.get(&set.name).map(|found| {
            let pods = self.pods.controlled_by(uid(&found).unwrap_or_default());
            (found, pods)
        }))
    }
}

/// What is rolled.
pub(super) struct Rolling<'a> {
    pub(super) address: &'a str,
    /// `NAMESPACE/NAME` of the IrisCluster.
    pub(super) owner: &'a str,
    pub(super) set: &'a ObjectRef,
    pub(super) uid: Option<&'a str>,
    /// The generation that was written.
    pub(super) generation: i64,
    /// What is asked of it.
    pub(super) terms: Terms,
    /// Members that were primary on the newest revision in an earlier run.
    pub(super) been: &'a [String],
}

/// How far a roll came.
#[derive(Debug, Default)]
struct Course {
    /// uids of the pods that were deleted.
    deleted: BTreeSet<String>,
    /// Names of the members that were primary on the newest revision.
    been: BTreeSet<String>,
    /// Whether a primary is among the deleted ones.
    primary_touched: bool,
}

impl Course {
    /// Adds what the members are doing to a failure.
    fn told(&self, failure: Failure, terms: Terms) -> Failure {
        match failure {
            Failure::Failed(reason) if self.deleted.is_empty() => {
                Failure::Failed(format!("{reason}; no member was restarted"))
            }
            Failure::Failed(reason) if !terms.blind && !self.primary_touched => {
                Failure::Failed(format!("{reason}; the primary was not touched"))
            }
            Failure::Failed(reason) if terms.both_primary && self.been.len() < MEMBERS_TO_BE_PRIMARY => {
                Failure::Failed(format!("{reason}; only one member has been primary in the new version so far"))
            }
            failure => failure,
        }
    }
}

impl Performer<'_> {
    /// Restarts the outdated pods of a set one by one, by the role that each member has at that moment.
    pub(super) async fn roll(&self, rolling: &Rolling<'_>) -> Result<(), Failure> {
        let view = self.view(rolling.set);
        let mut course = Course { been: rolling.been.iter().cloned().collect(), ..Course::default() };
        let result = self.roll_on(rolling, &view, &mut course).await;
        result.map_err(|failure| course.told(failure, rolling.terms))
    }

    /// What is watched during a roll.
    pub(super) fn view(&self, set: &ObjectRef) -> View {
        let namespace = set.namespace.as_deref();
        View {
            sets: self.feeds.of(&set.api_version, &set.kind, namespace),
            pods: self.feeds.of("v1", "Pod", namespace),
            events: self.feeds.of("v1", "Event", namespace),
        }
    }

    async fn roll_on(&self, rolling: &Rolling<'_>, view: &View, course: &mut Course) -> Result<(), Failure> {
        loop {
            if self.foresee(rolling, view, course).await? == Decision::Done {
                return Ok(());
            }
            self.go_on()?;
            // Roles may have changed since the watch told: what is about to be deleted is read anew.
            let scene = self.read_scene(rolling).await?;
            course.been.extend(new_primaries(&scene).map(str::to_owned));
            match decide(&scene, rolling.terms, &course.been) {
                Decision::Done => return Ok(()),
                Decision::Delete { name, uid, role } => {
                    self.may_restart(&name, role)?;
                    let member = scene.members.iter().find(|member| member.uid == uid);
                    if role == Some(Role::Primary) && member.is_some_and(|member| !member.outdated) {
                        // The last fail-over of a new version: when the pod is gone only the record knows what it was.
                        self.remember_primaries(rolling, &course.been).await?;
                    }
                    // Whoever changed in this moment, its role perhaps, is looked at again.
                    if let Some(member) = member
                        && self.delete_pod(rolling.address, rolling.set, member, Guard::Unchanged).await?
                    {
                        course.primary_touched |= role == Some(Role::Primary);
                        course.deleted.insert(uid);
                    }
                }
                Decision::Wait(obstacle) => {
                    tracing::debug!(address = rolling.address, %obstacle, "the watch is behind");
                    self.catch_up(view).await?;
                }
            }
        }
    }

    /// Waits until there is something to do.
    async fn foresee(&self, rolling: &Rolling<'_>, view: &View, course: &mut Course) -> Result<Decision, Failure> {
        let View { sets, pods, events } = view;
        let Course { deleted, been, .. } = course;
        let look = || {
            if !sets.is_filled() || !pods.is_filled() {
                let reason = problem(if sets.is_filled() { pods } else { sets }, "reading the pods");
                return Look::Waiting { reason, troubles: Vec::new() };
            }
            let Some(found) = sets.get(&rolling.set.name).filter(|found| uid(found) == rolling.uid) else {
                if rolling.uid.is_none_or(|uid| sets.is_gone(uid)) {
                    return Look::Failed("it was deleted".to_owned());
                }
                return Look::Waiting { reason: "it has not come back yet".to_owned(), troubles: Vec::new() };
            };
            let members = pods.controlled_by(uid(&found).unwrap_or_default());
            if let Some(pod) = members.iter().find(|pod| uid(pod).is_some_and(|uid| deleted.contains(uid))) {
                let reason = format!("pod {} is going", super::target::name(pod));
                return Look::Waiting { reason, troubles: Vec::new() };
            }
            let members: Vec<&Value> = members.iter().map(Arc::as_ref).collect();
            let scene = self.scene(rolling, &found, &members);
            if let Ok(scene) = &scene {
                been.extend(new_primaries(scene).map(str::to_owned));
            }
            match scene.map(|scene| decide(&scene, rolling.terms, been)) {
                Err(reason) => Look::Failed(reason),
                Ok(Decision::Wait(obstacle)) => {
                    let uids: Vec<&str> = members.iter().copied().chain([&*found]).filter_map(uid).collect();
                    let events = events.all();
                    let events: Vec<&Value> = events.iter().map(Arc::as_ref).collect();
                    let warning = trouble::newest_warning(&uids, &events, self.began);
                    let mut troubles = trouble::of_pods(&members);
                    troubles.extend(uid(&found).and_then(|uid| trouble::of_events(uid, &events, self.began)));
                    Look::Waiting { reason: joined(obstacle.to_string(), warning), troubles }
                }
                Ok(decision) => Look::Done(decision),
            }
        };
        self.wait(rolling.address).until(&mut view.all(), look).await
    }

    /// Writes into the record who has been primary in the new version, unless another run has ended it.
    async fn remember_primaries(&self, rolling: &Rolling<'_>, been: &BTreeSet<String>) -> Result<(), Failure> {
        let Some((namespace, name)) = rolling.owner.split_once('/') else { return Ok(()) };
        let owner = OwnerName { namespace: namespace.to_owned(), name: name.to_owned() };
        let failed = Failure::request("reading the record");
        let live = self.cluster.get(&applyset::record_ref(namespace, name)).await.map_err(|error| failed(&error))?;
        let kept = |error: ApplyError| Failure::failed(format!("keeping who has been primary: {error}"));
        let mut ledger = Ledger::open(owner, live).map_err(kept)?;
        if !ledger.record.upgrades.iter().any(|known| known.set == rolling.set.name) {
            return Err(Failure::failed("another run has ended the upgrade in the meantime"));
        }
        let been: Vec<String> = been.iter().cloned().collect();
        ledger.update(self.cluster, |record| with_been(record, &rolling.set.name, &been)).await.map_err(kept)
    }

    async fn read_scene(&self, rolling: &Rolling<'_>) -> Result<Scene, Failure> {
        let (found, members) = self.read_members(rolling.set, rolling.uid).await?;
        self.scene(rolling, &found, &members.iter().collect::<Vec<_>>()).map_err(Failure::Failed)
    }

    /// The set with this uid and the pods that it controls, whatever the watches told.
    pub(super) async fn read_members(
        &self,
        set: &ObjectRef,
        set_uid: Option<&str>,
    ) -> Result<(Value, Vec<Value>), Failure> {
        let failed = Failure::request("reading the members again");
        let (found, pods) =
            tokio::join!(self.cluster.get(set), self.cluster.list("v1", "Pod", set.namespace.as_deref(), None));
        let found = found.map_err(|error| failed(&error))?.filter(|found| uid(found) == set_uid);
        let found = found.ok_or_else(|| Failure::failed("it was deleted"))?;
        let mut pods = pods.map_err(|error| failed(&error))?.items;
        pods.retain(|pod| controller(pod) == uid(&found));
        Ok((found, pods))
    }

    /// Whether a member may be restarted, primary or not. It may have been the backup when the plan was made, which needed
    /// no allowance for it.
    pub(super) fn may_restart(&self, name: &str, role: Option<Role>) -> Result<(), Failure> {
        if role != Some(Role::Primary) || self.options.allow.contains(&RESTART_PRIMARY) {
            return Ok(());
        }
        Err(Failure::failed(format!(
            "{name} has become primary since the plan was made, and restarting the primary was not allowed"
        )))
    }

    /// What there is, of a set that may be rolled by role.
    fn scene(&self, rolling: &Rolling<'_>, set: &Value, pods: &[&Value]) -> Result<Scene, String> {
        if text(set, "/spec/updateStrategy/type") != Some("OnDelete") {
            return Err("its updateStrategy is not OnDelete: Kubernetes would restart its pods without asking for \
                        their role"
                .to_owned());
        }
        Ok(scene(set, pods, rolling.generation, self.now()))
    }

    /// Until the watch tells something new, or it should have.
    pub(super) async fn catch_up(&self, view: &View) -> Result<(), Failure> {
        let (mut sets, mut pods) = (view.sets.clone(), view.pods.clone());
        sets.mark_seen();
        pods.mark_seen();
        tokio::select! {
            () = self.options.stop.stopped() => Err(Failure::Stopped),
            () = sets.changed() => Ok(()),
            () = pods.changed() => Ok(()),
            () = sleep(LAG) => Ok(()),
        }
    }
}

/// The members of a set. `generation` is the one that was written.
pub(super) fn scene(set: &Value, pods: &[&Value], generation: i64, now: Timestamp) -> Scene {
    let newest = number(set, "/metadata/generation").unwrap_or_default();
    let observed = number(set, "/status/observedGeneration").unwrap_or_default();
    let revision = text(set, "/status/updateRevision").unwrap_or_default();
    let seen = |pod: &&Value| {
        let seen = Sight::of(pod, Belief::Fresh(now));
        Sight {
            outdated: revision_of(pod) != Some(revision),
            lacks: !missing_in(set, pod).is_empty(),
            ready: seen.ready.map_err(|_| pod_state(pod)),
            ..seen
        }
    };
    let observed = newest >= generation && observed >= newest && !revision.is_empty();
    Scene { observed, ..Scene::of(set, pods.iter().map(seen).collect()) }
}

/// A reason with the newest warning of the cluster.
pub(super) fn joined(reason: String, warning: Option<String>) -> String {
    match warning {
        Some(warning) => format!("{reason}; {warning}"),
        None => reason,
    }
}
