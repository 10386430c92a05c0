//! Replacing pods that lack a claim which their StatefulSet wants: as the rules of a mirror say, which know why and in
//! which order.

use super::{
    delete_pod::{PodGuard, delete_pod, may_restart},
    members::{WrittenSet, scene_at},
};
use crate::apply::{
    context::Context,
    failure::Failure,
    wait::{Condition, Now, ObjectWatch, State, TerminalCause, TerminalState, wait_for},
};
use iriskit_core::plan::mirror::{Decision, Obstacle, Refitted, Scene, decide_refit};

/// Replaces the pods one by one.
pub(in crate::apply) async fn replace_pods(
    context: &Context<'_>,
    set: &WrittenSet<'_>,
    whose: Refitted,
) -> Result<(), Failure> {
    let address = &set.change.address;
    let mut watch = ObjectWatch::with_pods(context, set.object, Some(set.uid));
    let mut next_pod = NextPod { context, set, whose };
    loop {
        let next = wait_for(context, address, &watch, &mut next_pod).await?;
        let (Decision::Delete { uid, .. }, scene) = next else { return Ok(()) };
        context.may_write()?;
        let by_role = whose == (Refitted::Mirror { blind: false });
        // Roles may have changed since the watch told.
        let scene = if by_role { next_pod.scene(&watch.read(context).await?) } else { scene };
        let is_same = matches!(decide_refit(&scene, whose), Decision::Delete { uid: chosen, .. } if chosen == uid);
        let Some(member) = scene.members.into_iter().find(|member| is_same && member.uid == uid) else {
            watch.catch_up(context).await?;
            continue;
        };
        may_restart(context, &member.name, member.likely_role())?;
        let guard = if by_role { PodGuard::Unchanged } else { PodGuard::Same };
        if delete_pod(context, address, set.object, &member, guard).await? {
            watch.mark_deleted(&uid);
        }
    }
}

/// There is a pod to replace, or none is left.
struct NextPod<'a> {
    context: &'a Context<'a>,
    set: &'a WrittenSet<'a>,
    whose: Refitted,
}

impl NextPod<'_> {
    fn scene(&self, now: &Now) -> Scene {
        scene_at(now, self.set.generation, self.context.now())
    }
}

impl Condition for NextPod<'_> {
    type Found = (Decision, Scene);

    fn check(&mut self, now: &Now) -> State<(Decision, Scene)> {
        let scene = self.scene(now);
        match decide_refit(&scene, self.whose) {
            // A set that was just made takes over its pods one after the other: only what lasts is terminal.
            Decision::Wait(Obstacle::Wedged(pod)) => {
                let reason = Obstacle::Wedged(pod).to_string();
                let blocked = TerminalState::new(self.set.uid, TerminalCause::SetBlocked, reason.clone());
                State::Pending { reason, terminal: vec![blocked] }
            }
            Decision::Wait(obstacle) => {
                State::Pending { reason: obstacle.to_string(), terminal: now.terminal_states_of_pods() }
            }
            decision => State::Met((decision, scene)),
        }
    }
}
