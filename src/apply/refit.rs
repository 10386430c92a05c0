//! Replacing pods that lack a claim which their StatefulSet wants: as the rules of a mirror say, which know why and in
//! which order.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value;

use super::{
    failure::Failure,
    perform::Performer,
    remove::{Guard, problem},
    roll::{View, mirror_state},
    target::uid,
    trouble::Trouble,
    wait::Look,
};
use iriskit_core::mirror::{Decision, MirrorState, Obstacle, ReplacedPods, decide_replacement};
use iriskit_kubernetes::schema::ObjectRef;

/// What is replaced.
pub(super) struct Refit<'a> {
    pub(super) address: &'a str,
    pub(super) set: &'a ObjectRef,
    pub(super) uid: Option<&'a str>,
    /// The generation that was written.
    pub(super) generation: i64,
    /// Whose pods they are.
    pub(super) whose: ReplacedPods,
}

impl Performer<'_> {
    /// Replaces the pods one by one.
    pub(super) async fn refit(&self, refit: &Refit<'_>) -> Result<(), Failure> {
        let view = self.view(refit.set);
        let mut deleted: BTreeSet<String> = BTreeSet::new();
        loop {
            let (Decision::Delete { uid, .. }, state) = self.foresee_refit(refit, &view, &deleted).await? else {
                return Ok(());
            };
            self.go_on()?;
            let by_role = refit.whose == (ReplacedPods::Mirrored { blind: false });
            // Roles may have changed since the watch told.
            let state = if by_role { self.read_refit(refit).await? } else { state };
            let next = decide_replacement(&state, refit.whose);
            let same = matches!(next, Decision::Delete { uid: chosen, .. } if chosen == uid);
            let Some(member) = state.members.into_iter().find(|member| same && member.uid == uid) else {
                self.catch_up(&view).await?;
                continue;
            };
            self.may_restart(&member.name, member.likely_role())?;
            let guard = if by_role { Guard::Unchanged } else { Guard::Same };
            if self.delete_pod(refit.address, refit.set, &member, guard).await? {
                deleted.insert(uid);
            }
        }
    }

    /// What there is now, whatever the watches told.
    async fn read_refit(&self, refit: &Refit<'_>) -> Result<MirrorState, Failure> {
        let (set, pods) = self.read_members(refit.set, refit.uid).await?;
        Ok(mirror_state(&set, &pods.iter().collect::<Vec<_>>(), refit.generation, self.now()))
    }

    /// Waits until there is something to do.
    async fn foresee_refit(
        &self,
        refit: &Refit<'_>,
        view: &View,
        deleted: &BTreeSet<String>,
    ) -> Result<(Decision, MirrorState), Failure> {
        let View { sets, pods, .. } = view;
        let look = || {
            let waiting = |reason: String| Look::Waiting { reason, troubles: Vec::new() };
            if !sets.is_filled() || !pods.is_filled() {
                return waiting(problem(if sets.is_filled() { pods } else { sets }, "reading the pods"));
            }
            let Some(set) = sets.get(&refit.set.name).filter(|set| uid(set) == refit.uid) else {
                if refit.uid.is_none_or(|uid| sets.is_gone(uid)) {
                    return Look::Failed("it was deleted".to_owned());
                }
                return waiting("it has not come back yet".to_owned());
            };
            let members = pods.controlled_by(uid(&set).unwrap_or_default());
            if let Some(pod) = members.iter().find(|pod| uid(pod).is_some_and(|uid| deleted.contains(uid))) {
                return waiting(format!("pod {} is going", super::target::name(pod)));
            }
            let members: Vec<&Value> = members.iter().map(Arc::as_ref).collect();
            let state = mirror_state(&set, &members, refit.generation, self.now());
            match decide_replacement(&state, refit.whose) {
                // A set that was just made takes over its pods one after the other: only what lasts is stuck.
                Decision::Wait(Obstacle::LastMemberLacksClaim(pod)) => {
                    let text = Obstacle::LastMemberLacksClaim(pod).to_string();
                    let troubles = vec![Trouble { key: "stuck".to_owned(), text: text.clone() }];
                    Look::Waiting { reason: text, troubles }
                }
                Decision::Wait(obstacle) => {
                    Look::Waiting { reason: obstacle.to_string(), troubles: super::trouble::of_pods(&members) }
                }
                decision => Look::Done((decision, state)),
            }
        };
        self.wait(refit.address).until(&mut view.all(), look).await
    }
}
