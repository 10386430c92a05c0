//! What keeps a roll of a mirror from its first step, known before its set is written. What is written and not rolled is
//! worse than nothing: under `OnDelete` the next pod that dies would come back new, whichever member is primary.

use iriskit_state::plan::Role;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::mirror::{
    instance::is_ready,
    member::{MemberState, StatusAge},
    obstacle::Obstacle,
    replacement::{ReplacedPods, next_replaced},
    roll::{RollTerms, next_member},
    state::MirrorState,
};

/// A roll that has not begun.
#[derive(Debug, Clone)]
pub struct RollStart<'a> {
    /// The set as it is, before it is written.
    pub set: &'a Value,
    /// The pods that it controls.
    pub pods: Vec<&'a Value>,
    /// The names of those that are outdated then and restart.
    pub restarting: BTreeSet<&'a str>,
    /// Whether the primary, whichever member it is, is outdated then as well and stays.
    pub leaves_primary: bool,
    /// What is asked of the roll.
    pub terms: RollTerms,
    /// Members that were primary on the newest revision.
    pub was_primary: BTreeSet<String>,
    /// Whether pods are replaced from the lowest ordinal up, since they lack a claim, and not by role.
    pub replaces_pods: bool,
    /// How old what members say may be.
    pub age: StatusAge,
}

/// Why the roll could not begin. `None` where it could, and in two cases in which it would wait and yet is no reason not to
/// write: where no member is ready, so that nothing can be lost, and where a member is missing that the new template may
/// bring, if the others are sound.
pub fn blocker(start: &RollStart<'_>) -> Option<String> {
    // One that goes may serve until it has gone.
    if !start.pods.iter().any(|pod| is_ready(pod)) {
        return None;
    }
    let state = start.state();
    let next = if start.replaces_pods {
        next_replaced(&state, ReplacedPods::Mirrored { blind: start.terms.blind })
    } else {
        match next_member(&state, start.terms, &start.was_primary) {
            Err(Obstacle::Missing { .. }) => state.present_members_serve(start.terms.blind).map(|_| None),
            next => next,
        }
    };
    next.err().map(|obstacle| match obstacle {
        Obstacle::Terminating(pod) => format!("{pod} is still terminating"),
        Obstacle::Missing { lowest, .. } => format!("{}-{lowest} is missing", name_of(start.set)),
        other => other.to_string(),
    })
}

impl RollStart<'_> {
    /// The members as they will be when the set is written and none of them has restarted yet.
    fn state(&self) -> MirrorState {
        let member_of = |pod: &&Value| {
            let member = MemberState::of(pod, self.age);
            let role = if self.terms.blind { member.likely_role() } else { member.role };
            let left = self.leaves_primary && role == Some(Role::Primary);
            MemberState { outdated: left || self.restarting.contains(name_of(pod)), ..member }
        };
        MirrorState::of(self.set, self.pods.iter().map(member_of).collect())
    }
}

fn name_of(object: &Value) -> &str {
    object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-11-22T10:00:00Z";

    /// `ROLE [JOURNAL]`, with marks: `!` not ready, `~` IRIS does not run, `-` going, `?` stale.
    fn pod(ordinal: usize, what: &str) -> Value {
        let marks: String = what.chars().filter(|mark| "!~-?".contains(*mark)).collect();
        let words = what.trim_start_matches(['!', '~', '-', '?']);
        let (role, journal) = words.split_once(' ').unwrap_or((words, "Active"));
        let (kind, status) = match role {
            "primary" => ("Failover", "Primary"),
            "backup" => ("Failover", "Backup"),
            "async" => ("Disaster Recovery", "Connected"),
            _ => ("Failover", "Waiting"),
        };
        let at = if marks.contains('?') { "2026-11-22T09:58:00Z" } else { NOW };
        let said = json!({"type": kind, "status": status, "journal": journal, "at": at}).to_string();
        let ready = if marks.contains(['!', '~']) { "False" } else { "True" };
        let state = if marks.contains('~') {
            json!({"waiting": {"reason": "CrashLoopBackOff"}})
        } else {
            json!({"running": {}})
        };
        let mut pod = json!({"metadata": {"name": format!("d-{ordinal}"), "uid": format!("u{ordinal}"), "labels": {}},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}],
                "containerStatuses": [{"name": "iris", "state": state}]}});
        if !marks.contains('~') {
            pod["metadata"]["annotations"] = json!({"iriskit/mirror-status": said});
            if ["primary", "backup"].contains(&role) {
                pod["metadata"]["labels"]["intersystems.com/mirrorRole"] = json!(role);
            }
        }
        if marks.contains('-') {
            pod["metadata"]["deletionTimestamp"] = json!(NOW);
        }
        pod
    }

    fn judge(members: &[&str], restarting: &[usize], change: impl Fn(&mut RollStart<'_>)) -> String {
        let set = json!({"metadata": {"name": "d"}, "spec": {"replicas": members.len()}});
        let pods: Vec<Value> = members
            .iter()
            .enumerate()
            .filter(|(_, what)| !what.is_empty())
            .map(|(ordinal, what)| pod(ordinal, what))
            .collect();
        let names: Vec<String> = restarting.iter().map(|ordinal| format!("d-{ordinal}")).collect();
        let mut start = RollStart {
            set: &set,
            pods: pods.iter().collect(),
            restarting: names.iter().map(String::as_str).collect(),
            leaves_primary: false,
            terms: RollTerms::default(),
            was_primary: BTreeSet::new(),
            replaces_pods: false,
            age: StatusAge::FreshAt(NOW.parse().unwrap()),
        };
        change(&mut start);
        blocker(&start).unwrap_or_default()
    }

    #[test]
    fn what_keeps_a_roll_from_its_first_step() {
        for (members, restarting, reason) in [
            (&["primary", "backup"][..], &[0, 1][..], ""),
            (&["backup", "primary"], &[0, 1], ""),
            (&["primary", "backup Catchup"], &[0, 1], "d-1 is Failover Backup, journal transfer Catchup"),
            (&["primary", "backup Catchup"], &[1], ""),
            (&["primary", "waiting"], &[0, 1], "d-1 is Failover Waiting, journal transfer Active"),
            (&["backup", "backup"], &[0, 1], "no member is primary"),
            (&["primary", "primary"], &[0, 1], "both d-0 and d-1 say that they are primary"),
            (&["?primary", "backup"], &[0, 1], "d-0 last said its mirror status more than 30 s ago"),
            (&["primary", "-backup"], &[0, 1], "d-1 is still terminating"),
            // The primary alone is left, and the backup that should take over is not what it should be.
            (&["primary", "!backup"], &[0], "d-1 is not ready"),
            (&["primary", "backup Catchup"], &[0], "d-1 is Failover Backup, journal transfer Catchup"),
            (&["primary", "~"], &[0], "d-1 is not ready"),
            (&["primary", "async"], &[0], "there is no backup that could take over from d-0"),
            (&["primary", "backup", "?async"], &[0], "d-2 last said its mirror status more than 30 s ago"),
            // A member that is not ready and restarts anyway is repaired by that, as long as the primary serves.
            (&["primary", "!backup"], &[0, 1], ""),
            (&["primary", "~"], &[0, 1], ""),
            (&["primary", "~"], &[1], ""),
            (&["!primary", "backup"], &[0, 1], "d-0 is not ready"),
            (&["!primary", "!backup", "async"], &[0, 1, 2], "d-0 is not ready"),
            (&["primary", "!backup", "async"], &[0, 1, 2], ""),
            (&["primary", "!backup", "async"], &[0, 2], "d-1 is not ready"),
            // What is missing may be what the change brings.
            (&["primary", ""], &[0], ""),
            (&["", "primary"], &[1], ""),
            (&["backup", ""], &[0], "no member is primary"),
            (&["", "~"], &[1], ""),
            // Where no member is ready nothing can be lost.
            (&["!primary", "!backup"], &[0, 1], ""),
            (&["!waiting", ""], &[0], ""),
            (&["", ""], &[], ""),
        ] {
            assert_eq!(judge(members, restarting, |_| {}), reason, "{members:?} {restarting:?}");
        }
    }

    #[test]
    fn a_pause_a_blind_roll_and_an_added_claim_have_terms_of_their_own() {
        let pause = |start: &mut RollStart<'_>| {
            (start.terms.up_to_primary, start.leaves_primary) = (true, true);
        };
        let blind = |start: &mut RollStart<'_>| start.terms.blind = true;
        let replacing = |start: &mut RollStart<'_>| start.replaces_pods = true;
        assert_eq!(judge(&["primary", "!backup"], &[], pause), "");
        assert_eq!(judge(&["primary", "backup 9 MB"], &[1], pause), "d-1 is Failover Backup, journal transfer 9 MB");
        // The primary is new already, wherever the pause leaves it: it has everything that the backup lacks.
        let moved = |start: &mut RollStart<'_>| start.terms.up_to_primary = true;
        assert_eq!(judge(&["primary", "backup 9 MB"], &[1], moved), "");
        assert_eq!(judge(&["waiting", "waiting"], &[0, 1], blind), "");
        assert_eq!(judge(&["!waiting", "waiting"], &[0, 1], blind), "");
        assert_eq!(judge(&["!waiting", "waiting"], &[1], blind), "d-0 is not ready");
        assert_eq!(judge(&["waiting", ""], &[0], blind), "");
        assert_eq!(judge(&["primary", "backup"], &[0, 1], replacing), "");
        assert_eq!(judge(&["primary", "!backup"], &[0, 1], replacing), "d-1 is not ready");
        assert_eq!(judge(&["backup Catchup", "primary"], &[0, 1], replacing), "");
        assert_eq!(
            judge(&["primary", "backup Catchup"], &[0, 1], replacing),
            "d-1 is Failover Backup, journal transfer Catchup"
        );
        assert_eq!(judge(&["primary", ""], &[0], replacing), "d-1 is missing");
        assert_eq!(
            judge(&["primary", "async"], &[0, 1], replacing),
            "there is no backup that could take over from d-0"
        );
        assert_eq!(judge(&["~", "primary"], &[0, 1], replacing), "");
    }

    #[test]
    fn the_last_fail_over_of_a_version_begins_with_a_whole_mirror() {
        let last = |start: &mut RollStart<'_>| {
            start.terms.both_primary = true;
            start.was_primary = BTreeSet::from(["d-0".to_owned()]);
        };
        for (members, reason) in [
            (["primary", "backup"], ""),
            (["backup", "primary"], ""),
            (["!primary", "backup"], "d-0 is not ready"),
            (["primary", "!backup"], "d-1 is not ready"),
            (["primary", "backup Catchup"], "d-1 is Failover Backup, journal transfer Catchup"),
        ] {
            assert_eq!(judge(&members, &[], last), reason, "{members:?}");
        }
    }

    #[test]
    fn without_a_clock_labels_and_last_words_count() {
        let planning = |start: &mut RollStart<'_>| start.age = StatusAge::Any;
        assert_eq!(judge(&["?primary", "?backup"], &[0, 1], planning), "");
        assert_eq!(
            judge(&["?primary", "?backup Catchup"], &[0, 1], planning),
            "d-1 is Failover Backup, journal transfer Catchup"
        );
    }
}
