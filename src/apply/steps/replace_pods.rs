//! Replacing pods that lack a claim which their StatefulSet wants: as the rules of a mirror say, which know why and in
//! which order.

use super::{
    delete_pod::{PodGuard, delete_pod, may_restart},
    members::{WrittenSet, mirror_state_at},
};
use crate::apply::{
    context::Context,
    failure::Failure,
    wait::{Condition, Now, ObjectWatch, State, TerminalCause, TerminalState, wait_for},
};
use iriskit_core::mirror::{Decision, MirrorState, Obstacle, ReplacedPods, decide_replacement};

/// Replaces the pods one by one.
pub(in crate::apply) async fn replace_pods(
    context: &Context<'_>,
    set: &WrittenSet<'_>,
    whose: ReplacedPods,
) -> Result<(), Failure> {
    let address = &set.change.address;
    let mut watch = ObjectWatch::with_pods(context, set.object, Some(set.uid));
    let mut next_pod = NextPod { context, set, whose };
    loop {
        let next = wait_for(context, address, &watch, &mut next_pod).await?;
        let (Decision::Delete { uid, .. }, mirror_state) = next else { return Ok(()) };
        context.may_write()?;
        let by_role = whose == (ReplacedPods::Mirrored { blind: false });
        // Roles may have changed since the last watch event.
        let mirror_state = if by_role { next_pod.mirror_state(&watch.read(context).await?) } else { mirror_state };
        let is_same =
            matches!(decide_replacement(&mirror_state, whose), Decision::Delete { uid: chosen, .. } if chosen == uid);
        let Some(member) = mirror_state.members.into_iter().find(|member| is_same && member.uid == uid) else {
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
    whose: ReplacedPods,
}

impl NextPod<'_> {
    fn mirror_state(&self, now: &Now) -> MirrorState {
        mirror_state_at(now, self.set.generation, self.context.now())
    }
}

impl Condition for NextPod<'_> {
    type Found = (Decision, MirrorState);

    fn check(&mut self, now: &Now) -> State<(Decision, MirrorState)> {
        let mirror_state = self.mirror_state(now);
        match decide_replacement(&mirror_state, self.whose) {
            // A set that was just made takes over its pods one after the other: only what lasts is terminal.
            Decision::Wait(Obstacle::LastMemberLacksClaim(pod)) => {
                let reason = Obstacle::LastMemberLacksClaim(pod).to_string();
                let blocked = TerminalState::new(self.set.uid, TerminalCause::SetBlocked, reason.clone());
                State::Pending { reason, terminal: vec![blocked] }
            }
            Decision::Wait(obstacle) => {
                State::Pending { reason: obstacle.to_string(), terminal: now.terminal_states_of_pods() }
            }
            decision => State::Met((decision, mirror_state)),
        }
    }
}
