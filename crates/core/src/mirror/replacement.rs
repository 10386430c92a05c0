//! Which pod that lacks a claim is replaced next.
//!
//! Kubernetes can't add a volume to a pod. It looks at the pods from the lowest ordinal up, fails at the first that lacks
//! one, and does nothing more for the set: pods of higher ordinals that are gone stay away. So the lowest one goes first,
//! whichever member is primary, and each only when the others could do without it.

use crate::mirror::{
    obstacle::Obstacle,
    roll::{Decision, Next, RestartRule},
    state::MirrorState,
};

/// Whose pods they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplacedPods {
    /// Of no mirror.
    Unmirrored,
    /// Of a mirror.
    Mirrored {
        /// Whether the members' status can't be known.
        blind: bool,
    },
}

/// Decides: done when no pod lacks anything, and of a mirror every member is new and in its place.
pub fn decide_replacement(state: &MirrorState, whose: ReplacedPods) -> Decision {
    match (next_replaced(state, whose), whose) {
        (Ok(Some(next)), _) => next.delete(),
        (Ok(None), ReplacedPods::Mirrored { blind }) => {
            state.is_whole(blind).map_or_else(Decision::Wait, |_| Decision::Done)
        }
        (Ok(None), ReplacedPods::Unmirrored) => Decision::Done,
        (Err(obstacle), _) => Decision::Wait(obstacle),
    }
}

/// The pod that is replaced next; `None` when none is left.
pub(super) fn next_replaced(state: &MirrorState, whose: ReplacedPods) -> Result<Option<Next<'_>>, Obstacle> {
    let mirrored = whose != ReplacedPods::Unmirrored;
    state.is_observed()?;
    if mirrored {
        state.none_terminating()?;
    }
    // Kubernetes rolls what is only of an older revision itself, unless it is a mirror.
    let due = state.members.iter().filter(|member| member.lacks_claim || mirrored && member.outdated);
    let Some(lowest) = due.min_by_key(|member| member.ordinal()) else {
        return state.none_absent().map(|()| None);
    };
    state.all_below(lowest.ordinal())?;
    if mirrored && lowest.lacks_claim && state.all_there().is_err() {
        return Err(Obstacle::LastMemberLacksClaim(lowest.name.clone()));
    }
    if mirrored {
        state.all_there()?;
    }
    state.others_ready(lowest)?;
    if whose == (ReplacedPods::Mirrored { blind: false }) {
        // A member that is not primary may go, whether it runs or not; one of the others must be primary.
        let primary = state.primary()?;
        if primary.uid == lowest.uid {
            state.can_do_without_primary(primary)?;
        }
    }
    Ok(Some(Next::new(lowest, RestartRule::ClaimsAdded)))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            member::MemberState,
            tests::{ACTIVE, ASYNC, CATCHING_UP, PRIMARY, member},
        },
        *,
    };

    fn pod(ordinal: usize, lacks_claim: bool, ready: bool, status: Option<(&str, &str)>) -> MemberState {
        MemberState { lacks_claim, ..member(ordinal, lacks_claim, ready, status) }
    }

    fn say(members: Vec<MemberState>, whose: ReplacedPods) -> String {
        say_from(0, members, whose)
    }

    fn say_from(first: u64, members: Vec<MemberState>, whose: ReplacedPods) -> String {
        match decide_replacement(&MirrorState { observed: true, first, replicas: 2, members }, whose) {
            Decision::Done => "done".to_owned(),
            Decision::Wait(Obstacle::LastMemberLacksClaim(pod)) => {
                format!("stuck: {}", Obstacle::LastMemberLacksClaim(pod))
            }
            Decision::Wait(obstacle) => format!("wait: {obstacle}"),
            Decision::Delete { uid, .. } => format!("delete {uid}"),
        }
    }

    #[test]
    fn of_a_mirror_the_lowest_goes_first_when_the_other_could_take_over() {
        for (pods, expected) in [
            (vec![pod(0, true, true, PRIMARY), pod(1, true, true, ACTIVE)], "delete u0"),
            (vec![pod(0, true, true, ACTIVE), pod(1, true, true, PRIMARY)], "delete u0"),
            (
                vec![pod(0, true, true, PRIMARY), pod(1, true, true, CATCHING_UP)],
                "wait: d-1 is Failover Backup, journal transfer Catchup",
            ),
            (vec![pod(0, true, true, PRIMARY), pod(1, true, false, ACTIVE)], "wait: d-1 is Pending"),
            (vec![pod(0, true, true, PRIMARY), pod(1, true, true, None)], "wait: d-1 does not say its mirror status"),
            // The first is away, then back, then the second.
            (vec![pod(1, true, true, PRIMARY)], "wait: 1 of 2 pods made"),
            (
                vec![pod(0, false, true, CATCHING_UP), pod(1, true, true, PRIMARY)],
                "wait: d-0 is Failover Backup, journal transfer Catchup",
            ),
            (vec![pod(0, false, true, ACTIVE), pod(1, true, true, PRIMARY)], "delete u1"),
            (vec![pod(0, false, true, PRIMARY), pod(1, false, true, ACTIVE)], "done"),
            (
                vec![pod(0, false, true, PRIMARY), pod(1, false, true, CATCHING_UP)],
                "wait: d-1 is Failover Backup, journal transfer Catchup",
            ),
            (
                vec![pod(0, true, true, PRIMARY), pod(1, true, true, ASYNC)],
                "wait: there is no backup that could take over from d-0",
            ),
            // A backup that is broken may go: the new one is its cure.
            (vec![pod(0, true, false, None), pod(1, true, true, PRIMARY)], "delete u0"),
            // The other one can't come back first, and the one that is left must not go.
            (
                vec![pod(0, true, true, PRIMARY)],
                "stuck: d-0 lacks a volume, and the other members come back only after it was replaced: that would stop \
                 the mirror",
            ),
        ] {
            assert_eq!(say(pods.clone(), ReplacedPods::Mirrored { blind: false }), expected, "{pods:?}");
        }
        let blind = vec![pod(0, true, true, None), pod(1, true, true, None)];
        assert_eq!(say(blind, ReplacedPods::Mirrored { blind: true }), "delete u0");
    }

    #[test]
    fn without_a_mirror_each_waits_for_those_below() {
        for (pods, expected) in [
            (vec![pod(0, true, true, None), pod(1, true, true, None)], "delete u0"),
            (vec![pod(1, true, true, None)], "wait: 1 of 2 pods made"),
            (vec![pod(0, false, false, None), pod(1, true, true, None)], "wait: d-0 is Pending"),
            (vec![pod(0, false, true, None), pod(1, true, true, None)], "delete u1"),
            // One that is gone comes back when the lower one was replaced.
            (vec![pod(0, true, true, None)], "delete u0"),
            (vec![pod(0, false, true, None), pod(1, false, false, None)], "done"),
        ] {
            assert_eq!(say(pods.clone(), ReplacedPods::Unmirrored), expected, "{pods:?}");
        }
    }

    #[test]
    fn ordinals_may_begin_elsewhere() {
        let pod = |ordinal, lacks_claim| pod(ordinal, lacks_claim, true, None);
        for (pods, expected) in [
            (vec![pod(5, true), pod(6, true)], "delete u5"),
            (vec![pod(6, true)], "wait: 1 of 2 pods made"),
            (vec![pod(5, false), pod(6, true)], "delete u6"),
            (vec![pod(5, false), pod(6, false)], "done"),
        ] {
            for whose in [ReplacedPods::Unmirrored, ReplacedPods::Mirrored { blind: true }] {
                assert_eq!(say_from(5, pods.clone(), whose), expected, "{pods:?}");
            }
        }
    }
}
