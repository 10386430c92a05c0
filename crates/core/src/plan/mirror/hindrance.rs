//! What keeps a roll of a mirror from its first step, known before its set is written. What is written and not rolled is
//! worse than nothing: under `OnDelete` the next pod that dies would come back new, whoever is primary.

use std::collections::BTreeSet;

use iriskit_state::plan::{Impact, Note, NoteId, PodEffect, PodImpact, Severity};
use serde_json::Value;

use crate::expand::Desired;
use crate::mirror::Role;
use crate::plan::impact::restarts::Predicted;
use crate::plan::live::Live;
use crate::plan::live::name;
use crate::plan::mirror::members::is_ready;
use crate::plan::mirror::obstacle::Obstacle;
use crate::plan::mirror::refit;
use crate::plan::mirror::refit::Refitted;
use crate::plan::mirror::roll;
use crate::plan::mirror::roll::Terms;
use crate::plan::mirror::rolling::BOTH_PRIMARY;
use crate::plan::mirror::scene::Scene;
use crate::plan::mirror::sight::Belief;
use crate::plan::mirror::sight::Sight;
use crate::plan::notes;

/// A roll that has not begun.
#[derive(Debug, Clone)]
pub struct Start<'a> {
    /// The set as it is, before it is written.
    pub set: &'a Value,
    /// The pods that it controls.
    pub pods: Vec<&'a Value>,
    /// The names of those that are outdated then and restart.
    pub restarting: BTreeSet<&'a str>,
    /// Whether the primary, whoever it is, is outdated then as well and stays.
    pub leaves_primary: bool,
    /// What is asked of the roll.
    pub terms: Terms,
    /// Members that were primary on the newest revision.
    pub been: BTreeSet<String>,
    /// Whether pods are replaced from the lowest ordinal up, since they lack a claim, and not by role.
    pub refit: bool,
    /// What counts of what members say.
    pub belief: Belief,
}

/// Why the roll could not begin. `None` where it could, and in two cases in which it would wait and yet is no reason not to
/// write: where no member is ready, so that nothing can be lost, and where a member is missing that the new template may
/// bring, if the others are sound.
pub fn hindrance(start: &Start<'_>) -> Option<String> {
    // One that goes may serve until it has gone.
    if !start.pods.iter().any(|pod| is_ready(pod)) {
        return None;
    }
    let scene = start.scene();
    let next = if start.refit {
        refit::next(&scene, Refitted::Mirror { blind: start.terms.blind })
    } else {
        match roll::next(&scene, start.terms, &start.been) {
            Err(Obstacle::Missing { .. }) => scene.sound(start.terms.blind),
            next => next,
        }
    };
    next.err().map(|obstacle| match obstacle {
        Obstacle::Going(pod) => format!("{pod} is going and has not gone"),
        Obstacle::Missing { lowest, .. } => format!("{}-{lowest} is missing", name(start.set)),
        other => other.to_string(),
    })
}

/// The names of the pods that a change restarts since they are outdated. One that only has to hand over the role of primary
/// once more is not.
pub fn restarting(impact: &Impact) -> BTreeSet<&str> {
    let outdated = |pod: &&PodImpact| pod.effect == PodEffect::Restarts && pod.rule != Some(BOTH_PRIMARY);
    impact.pods.iter().filter(outdated).map(|pod| pod.pod.as_str()).collect()
}

/// What a plan says of a roll that could not begin as things are.
pub(crate) fn foreseen(predicted: &Predicted, desired: &Desired, before: &Value, live: &Live) -> Option<Note> {
    let refit = predicted.replaced.filter(|replaced| replaced.mirrored);
    let terms = match (predicted.roll, refit) {
        (Some(terms), _) => terms,
        (None, Some(replaced)) => Terms { blind: replaced.blind, ..Terms::default() },
        (None, None) => return None,
    };
    let has = |effect: PodEffect| predicted.impact.pods.iter().any(|pod| pod.effect == effect);
    // A member that the change itself adds is none that is missing.
    if !has(PodEffect::Restarts) || has(PodEffect::Created) {
        return None;
    }
    let start = Start {
        set: before,
        pods: live.pods_of(before),
        restarting: restarting(&predicted.impact),
        leaves_primary: !predicted.left_outdated.is_empty(),
        terms,
        been: predicted.been.iter().cloned().collect(),
        refit: refit.is_some(),
        belief: Belief::LastWords,
    };
    let reason = hindrance(&start)?;
    let message = format!("{reason}: no member restarts before that is over");
    let mut note = notes::on(Severity::Warning, NoteId::MirrorNotWhole, &desired.object, message);
    note.help = Some(
        "bring that member back first: apply waits a while and then leaves the set as it is (docs/plan.md)".to_owned(),
    );
    Some(note)
}

impl Start<'_> {
    /// The members as they will be when the set is written and none of them has restarted yet.
    fn scene(&self) -> Scene {
        let seen = |pod: &&Value| {
            let sight = Sight::of(pod, self.belief);
            let left = self.leaves_primary && sight.role == Some(Role::Primary);
            Sight { outdated: left || self.restarting.contains(name(pod)), ..sight }
        };
        Scene::of(self.set, self.pods.iter().map(seen).collect())
    }
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

    fn judge(members: &[&str], restarting: &[usize], change: impl Fn(&mut Start<'_>)) -> String {
        let set = json!({"metadata": {"name": "d"}, "spec": {"replicas": members.len()}});
        let pods: Vec<Value> = members
            .iter()
            .enumerate()
            .filter(|(_, what)| !what.is_empty())
            .map(|(ordinal, what)| pod(ordinal, what))
            .collect();
        let names: Vec<String> = restarting.iter().map(|ordinal| format!("d-{ordinal}")).collect();
        let mut start = Start {
            set: &set,
            pods: pods.iter().collect(),
            restarting: names.iter().map(String::as_str).collect(),
            leaves_primary: false,
            terms: Terms::default(),
            been: BTreeSet::new(),
            refit: false,
            belief: Belief::Fresh(NOW.parse().unwrap()),
        };
        change(&mut start);
        hindrance(&start).unwrap_or_default()
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
            (&["primary", "-backup"], &[0, 1], "d-1 is going and has not gone"),
            // The primary alone is left, and the backup that should take over is not what it should be.
            (&["primary", "!backup"], &[0], "d-1 is not ready"),
            (&["primary", "backup Catchup"], &[0], "d-1 is Failover Backup, journal transfer Catchup"),
            (&["primary", "~"], &[0], "d-1 is not ready"),
            (&["primary", "async"], &[0], "there is no backup that could take over from d-0"),
            (&["primary", "backup", "?async"], &[0], "d-2 last said its mirror status more than 30 s ago"),
            // What is ill and restarts anyway is repaired by that, as long as the primary serves.
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
            // Where nobody is ready nothing can be lost.
            (&["!primary", "!backup"], &[0, 1], ""),
            (&["!waiting", ""], &[0], ""),
            (&["", ""], &[], ""),
        ] {
            assert_eq!(judge(members, restarting, |_| {}), reason, "{members:?} {restarting:?}");
        }
    }

    #[test]
    fn a_pause_a_blind_roll_and_an_added_claim_have_terms_of_their_own() {
        let pause = |start: &mut Start<'_>| {
            (start.terms.up_to_primary, start.leaves_primary) = (true, true);
        };
        let blind = |start: &mut Start<'_>| start.terms.blind = true;
        let refit = |start: &mut Start<'_>| start.refit = true;
        assert_eq!(judge(&["primary", "!backup"], &[], pause), "");
        assert_eq!(judge(&["primary", "backup 9 MB"], &[1], pause), "d-1 is Failover Backup, journal transfer 9 MB");
        // The primary is new already, wherever the pause leaves it: it has everything that the backup lacks.
        let moved = |start: &mut Start<'_>| start.terms.up_to_primary = true;
        assert_eq!(judge(&["primary", "backup 9 MB"], &[1], moved), "");
        assert_eq!(judge(&["waiting", "waiting"], &[0, 1], blind), "");
        assert_eq!(judge(&["!waiting", "waiting"], &[0, 1], blind), "");
        assert_eq!(judge(&["!waiting", "waiting"], &[1], blind), "d-0 is not ready");
        assert_eq!(judge(&["waiting", ""], &[0], blind), "");
        assert_eq!(judge(&["primary", "backup"], &[0, 1], refit), "");
        assert_eq!(judge(&["primary", "!backup"], &[0, 1], refit), "d-1 is not ready");
        assert_eq!(judge(&["backup Catchup", "primary"], &[0, 1], refit), "");
        assert_eq!(
            judge(&["primary", "backup Catchup"], &[0, 1], refit),
            "d-1 is Failover Backup, journal transfer Catchup"
        );
        assert_eq!(judge(&["primary", ""], &[0], refit), "d-1 is missing");
        assert_eq!(judge(&["primary", "async"], &[0, 1], refit), "there is no backup that could take over from d-0");
        assert_eq!(judge(&["~", "primary"], &[0, 1], refit), "");
    }

    #[test]
    fn the_last_fail_over_of_a_version_begins_with_a_whole_mirror() {
        let last = |start: &mut Start<'_>| {
            start.terms.both_primary = true;
            start.been = BTreeSet::from(["d-0".to_owned()]);
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
        let planning = |start: &mut Start<'_>| start.belief = Belief::LastWords;
        assert_eq!(judge(&["?primary", "?backup"], &[0, 1], planning), "");
        assert_eq!(
            judge(&["?primary", "?backup Catchup"], &[0, 1], planning),
            "d-1 is Failover Backup, journal transfer Catchup"
        );
    }
}
