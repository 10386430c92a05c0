//! What keeps a roll of a mirror from its first step, known before its set is written. What is written and not rolled is
//! worse than nothing: under `OnDelete` the next pod that dies would come back new, whoever is primary.

use std::collections::BTreeSet;

use iriskit_state::plan::{Note, PodEffect, PodImpact, Severity};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    impact::Predicted,
    live::{Live, name, uid},
    members::Member,
    notes,
};
use crate::{
    expand::Desired,
    labeler::{FRESH, MirrorStatus, Role},
};

/// A roll that has not begun.
#[derive(Debug, Clone)]
pub struct Start<'a> {
    /// The set as it is, before it is written.
    pub set: &'a Value,
    /// The pods that it controls.
    pub pods: Vec<&'a Value>,
    /// The names of those that will restart.
    pub restarting: BTreeSet<&'a str>,
    /// Whether the members' status can't be known.
    pub blind: bool,
    /// Whether the primary stays as it is.
    pub up_to_primary: bool,
    /// Whether pods are replaced from the lowest ordinal up, since they lack a claim.
    pub refit: bool,
    /// The server's time: what members say of themselves counts only when it is fresh. Without it, as when planning,
    /// their labels and last words count.
    pub now: Option<Timestamp>,
}

/// One pod.
struct Seen<'a> {
    member: Member,
    going: bool,
    restarts: bool,
    role: Option<Role>,
    /// Its last words; nothing where they can't be read and nobody insists.
    said: Result<Option<MirrorStatus>, String>,
    uid: &'a str,
}

/// Why the roll could not begin, with the member that is in the way. `None` where it could: also where it would first
/// repair a member in which IRIS does not run, where a missing one is what the new template may bring, and where no
/// member is ready, so that nothing is lost.
pub fn hindrance(start: &Start<'_>) -> Option<String> {
    let members: Vec<Seen<'_>> = start.pods.iter().map(|pod| Seen::of(pod, start)).collect();
    begin(start, &members).err()
}

/// What a plan says of a roll that could not begin as things are.
pub(super) fn foreseen(predicted: &Predicted, desired: &Desired, before: &Value, live: &Live) -> Option<Note> {
    let refit = predicted.replaced.filter(|replaced| replaced.mirrored);
    let (blind, up_to_primary) = match (predicted.roll, refit) {
        (Some(terms), _) => (terms.blind, terms.up_to_primary),
        (None, Some(replaced)) => (replaced.blind, false),
        (None, None) => return None,
    };
    let pods = &predicted.impact.pods;
    let restarts = |pod: &&PodImpact| pod.effect == PodEffect::Restarts;
    let restarting: BTreeSet<&str> = pods.iter().filter(restarts).map(|pod| pod.pod.as_str()).collect();
    // A member that the change itself adds is none that is missing.
    if restarting.is_empty() || pods.iter().any(|pod| pod.effect == PodEffect::Created) {
        return None;
    }
    let pods = live.pods_of(before);
    let start = Start { set: before, pods, restarting, blind, up_to_primary, refit: refit.is_some(), now: None };
    let reason = hindrance(&start)?;
    let message = format!("{reason}: no member restarts before that is over");
    let mut note = notes::on(Severity::Warning, "mirror-not-whole", &desired.object, message);
    note.help = Some(
        "bring that member back first: apply waits a while and then leaves the set as it is (docs/plan.md)".to_owned(),
    );
    Some(note)
}

fn begin(start: &Start<'_>, members: &[Seen<'_>]) -> Result<(), String> {
    if !members.iter().any(|seen| seen.member.ready) {
        return Ok(());
    }
    if let Some(going) = members.iter().find(|seen| seen.going) {
        return Err(format!("{} is going and has not gone", going.name()));
    }
    let missing = missing(start, members);
    if start.refit {
        return missing.map_or_else(|| begin_refit(start, members), |name| Err(format!("{name} is missing")));
    }
    if repairs(members) {
        return Ok(());
    }
    if missing.is_some() {
        // The new template may be what it waits for; the others don't restart before it is back.
        members.iter().try_for_each(Seen::is_ready)?;
        if !start.blind {
            primary(members)?;
            backups_caught_up(members)?;
        }
        return Ok(());
    }
    if start.blind {
        let next = members.iter().filter(|seen| seen.restarts).max_by_key(|seen| (!seen.member.ready, seen.ordinal()));
        return next.map_or(Ok(()), |next| others_ready(members, next));
    }
    begin_by_role(start, members)
}

fn begin_by_role(start: &Start<'_>, members: &[Seen<'_>]) -> Result<(), String> {
    let primary = primary(members)?;
    let others = members.iter().filter(|seen| seen.restarts && seen.uid != primary.uid);
    let order = |seen: &&Seen<'_>| (!seen.member.ready, seen.member.is_async(), seen.ordinal());
    let Some(next) = others.max_by_key(order) else {
        if start.up_to_primary || !primary.restarts {
            return Ok(());
        }
        others_ready(members, primary)?;
        backups_caught_up(members)?;
        let takes_over = members.iter().any(|seen| seen.uid != primary.uid && !seen.member.is_async());
        return takes_over
            .then_some(())
            .ok_or_else(|| format!("there is no backup that could take over from {}", primary.name()));
    };
    if !next.member.ready {
        return primary.is_ready();
    }
    let behind = next.said.as_ref().is_ok_and(|said| said.as_ref().is_some_and(MirrorStatus::is_behind));
    if behind && (primary.restarts || start.up_to_primary) {
        next.caught_up()?;
    }
    others_ready(members, next)
}

fn begin_refit(start: &Start<'_>, members: &[Seen<'_>]) -> Result<(), String> {
    let Some(lowest) = members.iter().filter(|seen| seen.restarts).min_by_key(|seen| seen.ordinal()) else {
        return Ok(());
    };
    others_ready(members, lowest)?;
    if start.blind {
        return Ok(());
    }
    // One that does not run may go first; it is no primary, and the others have to have one.
    let primary = primary(members)?;
    if primary.uid == lowest.uid { backups_caught_up(members) } else { Ok(()) }
}

impl<'a> Seen<'a> {
    fn of(pod: &'a Value, start: &Start<'_>) -> Self {
        let member = Member::of(pod);
        let said = match (start.now, &member.status) {
            (None, said) => Ok(said.clone()),
            (Some(_), None) => Err(format!("{} does not say its mirror status", member.name)),
            (Some(now), Some(said)) if said.is_fresh(now) => Ok(Some(said.clone())),
            (Some(_), Some(_)) => {
                Err(format!("{} last said its mirror status more than {} s ago", member.name, FRESH.as_secs()))
            }
        };
        let labelled =
            [Role::Primary, Role::Backup].into_iter().find(|role| member.role.as_deref() == Some(role.as_str()));
        let spoken = said.as_ref().ok().and_then(|said| said.as_ref()?.role());
        Self {
            going: pod.pointer("/metadata/deletionTimestamp").is_some(),
            restarts: start.restarting.contains(name(pod)),
            role: if start.now.is_some() { spoken } else { labelled.or(spoken) },
            uid: uid(pod).unwrap_or_default(),
            said,
            member,
        }
    }

    fn name(&self) -> &str {
        &self.member.name
    }

    fn ordinal(&self) -> u64 {
        self.member.ordinal()
    }

    fn is_ready(&self) -> Result<(), String> {
        if self.member.ready { Ok(()) } else { Err(format!("{} is not ready", self.name())) }
    }

    fn caught_up(&self) -> Result<(), String> {
        let Some(said) = self.said.clone()? else { return Ok(()) };
        if said.is_caught_up() {
            return Ok(());
        }
        let journal = if said.journal.is_empty() { "unknown" } else { &said.journal };
        Err(format!("{} is {} {}, journal transfer {journal}", self.name(), said.member_type, said.status))
    }
}

/// The lowest member that is not there.
fn missing(start: &Start<'_>, members: &[Seen<'_>]) -> Option<String> {
    let wanted = start.set.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
    let absent = (0..wanted).find(|ordinal| members.iter().all(|seen| seen.ordinal() != *ordinal))?;
    Some(format!("{}-{absent}", name(start.set)))
}

/// Whether the roll begins with a member in which IRIS does not run.
fn repairs(members: &[Seen<'_>]) -> bool {
    let stopped = members.iter().filter(|seen| seen.restarts && seen.member.stopped && seen.role.is_none());
    let Some(lowest) = stopped.map(Seen::ordinal).min() else { return false };
    (0..lowest).all(|ordinal| members.iter().any(|seen| seen.ordinal() == ordinal))
}

/// The one member that is primary.
fn primary<'b, 'a>(members: &'b [Seen<'a>]) -> Result<&'b Seen<'a>, String> {
    let mut primaries = members.iter().filter(|seen| seen.role == Some(Role::Primary));
    match (primaries.next(), primaries.next()) {
        (Some(primary), None) => Ok(primary),
        (Some(one), Some(other)) => Err(format!("both {} and {} say that they are primary", one.name(), other.name())),
        (None, _) => {
            let unknown = members.iter().find_map(|seen| seen.said.as_ref().err());
            Err(unknown.cloned().unwrap_or_else(|| "no member is primary".to_owned()))
        }
    }
}

fn backups_caught_up(members: &[Seen<'_>]) -> Result<(), String> {
    let others = members.iter().filter(|seen| seen.role != Some(Role::Primary));
    others.filter(|seen| !seen.member.is_async()).try_for_each(Seen::caught_up)
}

fn others_ready(members: &[Seen<'_>], chosen: &Seen<'_>) -> Result<(), String> {
    members.iter().filter(|seen| seen.uid != chosen.uid).try_for_each(Seen::is_ready)
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
            blind: false,
            up_to_primary: false,
            refit: false,
            now: Some(NOW.parse().unwrap()),
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
        let pause = |start: &mut Start<'_>| start.up_to_primary = true;
        let blind = |start: &mut Start<'_>| start.blind = true;
        let refit = |start: &mut Start<'_>| start.refit = true;
        assert_eq!(judge(&["primary", "!backup"], &[], pause), "");
        assert_eq!(judge(&["primary", "backup 9 MB"], &[1], pause), "d-1 is Failover Backup, journal transfer 9 MB");
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
        assert_eq!(judge(&["~", "primary"], &[0, 1], refit), "");
    }

    #[test]
    fn without_a_clock_labels_and_last_words_count() {
        let planning = |start: &mut Start<'_>| start.now = None;
        assert_eq!(judge(&["?primary", "?backup"], &[0, 1], planning), "");
        assert_eq!(
            judge(&["?primary", "?backup Catchup"], &[0, 1], planning),
            "d-1 is Failover Backup, journal transfer Catchup"
        );
    }
}
