//! Before a mirror is written: whether its roll could begin.

use std::collections::BTreeSet;

use iriskit_state::plan::{PauseBefore, PodEffect, ResourceChange, Step};

use crate::apply::{
    context::Context,
    failure::Failure,
    wait::{Condition, Now, ObjectWatch, State, TerminalCause, TerminalState, wait_for},
};
use iriskit_core::{
    mirror::{RollStart, RollTerms, StatusAge, blocker},
    plan::mirror::restarting,
};
use iriskit_kubernetes::{schema::ObjectRef, views::Object};

/// How the members of a mirror will restart.
#[derive(Debug, Clone, Default)]
struct MemberRestart {
    terms: RollTerms,
    been: BTreeSet<String>,
    /// Pods are replaced since they lack a claim.
    refit: bool,
}

/// Waits until the roll of a mirror that this change writes could begin, and refuses before the first write when that does
/// not come true for as long as a terminal state may last: a template that was written and not rolled would be taken over
/// by the next pod that dies, whichever member is primary. A roll whose set is written already is not held up here.
pub(in crate::apply) async fn wait_until_roll_can_begin(
    context: &Context<'_>,
    change: &ResourceChange,
    set: &ObjectRef,
) -> Result<(), Failure> {
    let Some(restart) = restart_of_members(change) else { return Ok(()) };
    let watch = ObjectWatch::with_pods(context, set, None);
    let mut can_begin = RollCanBegin { context, change, restart };
    let waited = wait_for(context, &change.address, &watch, &mut can_begin).await;
    waited.map_err(|failure| match failure {
        Failure::Failed(reason) => Failure::Failed(format!(
            "the mirror is not whole: {reason}; the StatefulSet was not written, no member was restarted. Bring the \
             member back and apply again; with `updateStrategy: {{type: OnDelete}}` the manifest's change is written \
             and the restarts are left to you"
        )),
        other => other,
    })
}

struct RollCanBegin<'a> {
    context: &'a Context<'a>,
    change: &'a ResourceChange,
    restart: MemberRestart,
}

impl Condition for RollCanBegin<'_> {
    type Found = ();

    fn check(&mut self, now: &Now) -> State<()> {
        let MemberRestart { terms, been, refit } = &self.restart;
        let start = RollStart {
            set: &now.object,
            pods: now.pods(),
            restarting: restarting(&self.change.impact),
            leaves_primary: terms.up_to_primary && !self.change.impact.left_outdated.is_empty(),
            terms: *terms,
            was_primary: been.clone(),
            replaces_pods: *refit,
            age: StatusAge::FreshAt(self.context.now()),
        };
        let Some(reason) = blocker(&start) else { return State::Met(()) };
        let uid = Object::new(&now.object).uid().unwrap_or_default();
        State::Pending {
            terminal: vec![TerminalState::new(uid, TerminalCause::MirrorNotWhole, reason.clone())],
            reason: format!("the roll can't begin: {reason}"),
        }
    }

    fn absent(&self, _: bool) -> State<()> {
        State::Met(())
    }
}

/// How the members of a mirror will restart; nothing where the change writes no set, adds a member or restarts none.
fn restart_of_members(change: &ResourceChange) -> Option<MemberRestart> {
    let writes = |step: &Step| {
        matches!(step, Step::Update { .. } | Step::TakeOver { .. } | Step::Delete { .. } | Step::GrowClaim { .. })
    };
    let adds = change.impact.pods.iter().any(|pod| pod.effect == PodEffect::Created);
    if adds || change.impact.pods.is_empty() || !change.steps.iter().any(writes) {
        return None;
    }
    change.steps.iter().find_map(|step| match step {
        Step::RollByRole { blind, both_primary, was_primary: been, pause_before } => {
            let up_to_primary = *pause_before == Some(PauseBefore::Primary);
            let terms = RollTerms { blind: *blind, both_primary: *both_primary, up_to_primary };
            Some(MemberRestart { terms, been: been.iter().cloned().collect(), refit: false })
        }
        Step::ReplacePods { mirrored: true, blind } => {
            let terms = RollTerms { blind: *blind, ..RollTerms::default() };
            Some(MemberRestart { terms, refit: true, ..MemberRestart::default() })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{super::members::mirror_state, *};
    use iriskit_core::mirror::{Decision, decide};

    /// A pod whose role, readiness and revision are drawn, and whether what it says is old.
    fn pod(ordinal: usize, (status, journal): (&str, &str), state: u8, outdated: bool, old_words: bool) -> Value {
        let kind = if status == "Connected" { "Disaster Recovery" } else { "Failover" };
        let at = if old_words { "1969-12-31T23:00:00Z" } else { "1970-01-01T00:00:00Z" };
        let said = json!({"type": kind, "status": status, "journal": journal, "at": at});
        // Ready; runs without being ready; does not run; is going.
        let runs = if state == 2 { json!({"waiting": {"reason": "CrashLoopBackOff"}}) } else { json!({"running": {}}) };
        let ready = if matches!(state, 0 | 3) { "True" } else { "False" };
        let revision = if outdated { "old" } else { "new" };
        let mut pod = json!({"metadata": {"name": format!("d-{ordinal}"), "uid": format!("u{ordinal}"),
                "labels": {"controller-revision-hash": revision}, "annotations": {}},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}],
                "containerStatuses": [{"name": "iris", "ready": ready == "True", "state": runs}]}});
        if state != 2 {
            pod["metadata"]["annotations"]["iriskit/mirror-status"] = said.to_string().into();
        }
        if state == 3 {
            pod["metadata"]["deletionTimestamp"] = "1970-01-01T00:00:00Z".into();
        }
        pod
    }

    const SAYS: [(&str, &str); 6] = [
        ("Primary", "N/A"),
        ("Backup", "Active"),
        ("Backup", "Catchup"),
        ("Connected", "Caught up"),
        ("Waiting", ""),
        ("Stopped", ""),
    ];

    proptest! {
        /// What is refused before the write would have waited after it, and what is not begins at once.
        #[test]
        fn a_blocker_is_what_the_roll_would_wait_for(
            drawn in proptest::collection::vec((0..6_usize, 0..8_u8, any::<bool>(), 0..8_u8), 1..4),
            (blind, both_primary) in any::<(bool, bool)>(),
        ) {
            let states = [0, 0, 0, 0, 0, 1, 2, 3];
            let pods: Vec<Value> = drawn
                .iter()
                .enumerate()
                .map(|(n, (says, state, outdated, age))| {
                    pod(n, SAYS[*says], states[usize::from(*state)], *outdated, *age == 0)
                })
                .collect();
            let set = json!({"metadata": {"name": "d", "generation": 1}, "spec": {"replicas": pods.len()},
                "status": {"observedGeneration": 1, "updateRevision": "new"}});
            let names: Vec<String> = (0..pods.len()).filter(|n| drawn[*n].2).map(|n| format!("d-{n}")).collect();
            prop_assume!(!names.is_empty() && drawn.iter().any(|one| states[usize::from(one.1)] % 3 == 0));
            let members: Vec<&Value> = pods.iter().collect();
            let now = Timestamp::UNIX_EPOCH;
            let start = RollStart {
                set: &set,
                pods: members.clone(),
                restarting: names.iter().map(String::as_str).collect(),
                leaves_primary: false,
                terms: RollTerms { blind, both_primary, ..RollTerms::default() },
                was_primary: BTreeSet::new(),
                replaces_pods: false,
                age: StatusAge::FreshAt(now),
            };
            let decided = decide(&mirror_state(&set, &members, 1, now), start.terms, &BTreeSet::new());
            let waits = matches!(decided, Decision::Wait(_));
            prop_assert_eq!(blocker(&start).is_some(), waits, "{:?} {:?}", blocker(&start), decided);
        }
    }
}
