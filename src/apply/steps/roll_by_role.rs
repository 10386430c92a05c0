//! Rolling a mirrored StatefulSet by role: asyncs, backup, wait until it could take over, primary; for a new version the new
//! primary once more, so that both were primary in it.
//!
//! A clean fail-over needs no more than Kubernetes' verbs: the deletion of the primary's pod stops IRIS gracefully, and with
//! a backup that is Active that is a planned fail-over.

use std::collections::BTreeSet;

use super::{
    delete_pod::{PodGuard, delete_pod, may_restart},
    members::{WrittenSet, mirror_state_at},
};
use crate::apply::{
    ApplyError,
    context::Context,
    failure::Failure,
    record::{StoredRecord, with_been},
    wait::{Condition, Now, ObjectWatch, State, wait_for},
};
use iriskit_core::{
    mirror::{Decision, MirrorState, Role, RollTerms, decide, new_primaries},
    plan::{OwnerName, applyset},
};
use iriskit_kubernetes::views::{StatefulSet, UpdateStrategy};

/// A mirror has this many members that take over from one another.
const MEMBERS_TO_BE_PRIMARY: usize = 2;

/// Restarts the outdated pods of a set one by one, by the role that each member has at that moment. `been` are members that
/// were primary on the newest revision in an earlier run.
pub(in crate::apply) async fn roll_by_role(
    context: &Context<'_>,
    set: &WrittenSet<'_>,
    terms: RollTerms,
    been: &[String],
) -> Result<(), Failure> {
    let mut roll = Roll {
        context,
        set,
        terms,
        been: been.iter().cloned().collect(),
        has_deleted: false,
        has_deleted_primary: false,
    };
    let result = roll.run().await;
    result.map_err(|failure| roll.told(failure))
}

/// A roll, and how far it came.
struct Roll<'a> {
    context: &'a Context<'a>,
    set: &'a WrittenSet<'a>,
    terms: RollTerms,
    /// Names of the members that were primary on the newest revision.
    been: BTreeSet<String>,
    has_deleted: bool,
    has_deleted_primary: bool,
}

impl Roll<'_> {
    async fn run(&mut self) -> Result<(), Failure> {
        let (context, set) = (self.context, self.set);
        let mut watch = ObjectWatch::with_pods(context, set.object, Some(set.uid));
        loop {
            if wait_for(context, &set.change.address, &watch, self).await? == Decision::Done {
                return Ok(());
            }
            context.may_write()?;
            // Roles may have changed since the last watch event: what is about to be deleted is read anew.
            let mirror_state = self.mirror_state(&watch.read(context).await?).map_err(Failure::Failed)?;
            match self.decide(&mirror_state) {
                Decision::Done => return Ok(()),
                Decision::Delete { name, uid, role, .. } => {
                    may_restart(context, &name, role)?;
                    let member = mirror_state.members.iter().find(|member| member.uid == uid);
                    if role == Some(Role::Primary) && member.is_some_and(|member| !member.outdated) {
                        // The last fail-over of a new version: when the pod is gone only the record knows what it was.
                        self.remember_primaries().await?;
                    }
                    // A pod that changed in this moment, perhaps its role, is read again.
                    if let Some(member) = member
                        && delete_pod(context, &set.change.address, set.object, member, PodGuard::Unchanged).await?
                    {
                        self.has_deleted = true;
                        self.has_deleted_primary |= role == Some(Role::Primary);
                        watch.mark_deleted(&uid);
                    }
                }
                Decision::Wait(obstacle) => {
                    tracing::debug!(address = set.change.address, %obstacle, "waiting for the watch to catch up");
                    watch.catch_up(context).await?;
                }
            }
        }
    }

    /// What is next, with everyone in mind who is or was primary.
    fn decide(&mut self, mirror_state: &MirrorState) -> Decision {
        self.been.extend(new_primaries(mirror_state).map(str::to_owned));
        decide(mirror_state, self.terms, &self.been)
    }

    /// What there is, of a set that may be rolled by role.
    fn mirror_state(&self, now: &Now) -> Result<MirrorState, String> {
        if StatefulSet::new(&now.object).update_strategy() != UpdateStrategy::OnDelete {
            return Err("its updateStrategy is not OnDelete: Kubernetes would restart its pods without asking for \
                        their role"
                .to_owned());
        }
        Ok(mirror_state_at(now, self.set.generation, self.context.now()))
    }

    /// Writes into the record who has been primary in the new version, unless another run has ended it.
    async fn remember_primaries(&self) -> Result<(), Failure> {
        let Some((namespace, name)) = self.set.change.owner.split_once('/') else { return Ok(()) };
        let owner = OwnerName { namespace: namespace.to_owned(), name: name.to_owned() };
        let failed = Failure::request("reading the record");
        let cluster = self.context.books;
        let live = cluster.get(&applyset::record_ref(namespace, name)).await.map_err(|error| failed(&error))?;
        let kept = |error: ApplyError| Failure::failed(format!("recording which members have been primary: {error}"));
        let mut stored = StoredRecord::open(owner, live).map_err(kept)?;
        let set = &self.set.object.name;
        if !stored.record.upgrades.iter().any(|known| known.set == *set) {
            return Err(Failure::failed("another run has ended the upgrade in the meantime"));
        }
        let been: Vec<String> = self.been.iter().cloned().collect();
        self.context.may_write()?;
        stored.update(cluster, |record| with_been(record, set, &been)).await.map_err(kept)
    }

    /// Adds what the members are doing to a failure.
    fn told(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Failed(reason) if !self.has_deleted => {
                Failure::Failed(format!("{reason}; no member was restarted"))
            }
            Failure::Failed(reason) if !self.terms.blind && !self.has_deleted_primary => {
                Failure::Failed(format!("{reason}; the primary was not touched"))
            }
            Failure::Failed(reason) if self.terms.both_primary && self.been.len() < MEMBERS_TO_BE_PRIMARY => {
                Failure::Failed(format!("{reason}; only one member has been primary in the new version so far"))
            }
            failure => failure,
        }
    }
}

/// There is something to do.
impl Condition for Roll<'_> {
    type Found = Decision;

    fn check(&mut self, now: &Now) -> State<Decision> {
        match self.mirror_state(now).map(|mirror_state| self.decide(&mirror_state)) {
            Err(reason) => State::Impossible(reason),
            Ok(Decision::Wait(obstacle)) => {
                State::Pending { reason: obstacle.to_string(), terminal: now.terminal_states() }
            }
            Ok(decision) => State::Met(decision),
        }
    }
}
