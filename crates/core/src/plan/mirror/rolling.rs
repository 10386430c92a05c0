//! How a roll by mirror role goes: who restarts, in which order, by which rule, and how often the primary moves.

use std::collections::BTreeSet;

use iriskit_state::plan::{PodEffect, PodImpact, RuleId};

use crate::plan::mirror::members::Member;
use crate::plan::mirror::roll::Terms;
use crate::plan::mirror::turn;

/// The rule of a restart by which the role of primary is handed over once more, between members that are new.
pub(crate) const BOTH_PRIMARY: RuleId = RuleId::BothPrimary;

/// How a roll goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Course {
    /// The pods in the order in which they restart.
    pub pods: Vec<PodImpact>,
    /// How often the primary moves.
    pub moves: usize,
    /// Pods that stay on the old revision.
    pub left: Vec<String>,
}

/// Foresees a roll of `restarting`, some of `all` members of a mirror. `been` are members known to have been primary on
/// the new revision already.
pub(crate) fn course(restarting: &[Member], all: &[Member], been: &[String], terms: Terms) -> Course {
    let mut course = Course::default();
    let turns = in_turn(restarting.iter().collect(), terms.blind);
    let takes_over: Vec<&Member> = all.iter().filter(|member| !member.is_async()).collect();
    let mut primary = primary(&turns, all, terms.blind);
    let mut been: BTreeSet<&str> = been.iter().map(String::as_str).collect();
    been.extend(primary.filter(|name| restarting.iter().all(|member| member.name != *name)));
    for (member, rule) in turns {
        let is_primary = primary == Some(&member.name);
        if is_primary && terms.up_to_primary {
            course.left.push(member.name.clone());
            continue;
        }
        course.pods.push(restart(&member.name, member.role.clone(), rule));
        if is_primary {
            course.moves += 1;
            primary = other(&takes_over, &member.name);
            been.extend(primary);
        }
    }
    if !terms.both_primary || terms.blind || terms.up_to_primary {
        return course;
    }
    // Nobody was primary: when the members start again the first of them is.
    if primary.is_none() {
        primary = takes_over.iter().min_by_key(|member| member.ordinal()).map(|member| member.name.as_str());
        been.extend(primary);
    }
    for _ in 0..takes_over.len() {
        let next = takes_over.iter().find(|member| !been.contains(member.name.as_str()));
        let (Some(next), Some(now)) = (next, primary) else { break };
        course.pods.push(restart(now, Some("primary".to_owned()), BOTH_PRIMARY));
        course.moves += 1;
        primary = Some(&next.name);
        been.extend(primary);
    }
    course
}

/// The members in the order of their turns, each with the rule that gives it: what does not run at all from the lowest
/// ordinal up, since a pod that is not ready keeps those above it from being made; then each in its turn, the primary last.
fn in_turn(members: Vec<&Member>, blind: bool) -> Vec<(&Member, RuleId)> {
    let rule = |member: &Member| match (member.stopped, blind) {
        (true, _) => RuleId::RepairFirst,
        (false, true) => RuleId::BlindOrder,
        (false, false) if member.is_async() => RuleId::AsyncsFirst,
        (false, false) if member.is_primary() => RuleId::PrimaryLast,
        (false, false) => RuleId::BackupFirst,
    };
    let mut turns: Vec<_> = members.into_iter().map(|member| (member, rule(member))).collect();
    turns.sort_by_key(|(member, rule)| {
        let up = if member.stopped { member.ordinal() } else { 0 };
        let turn = turn(!member.ready, *rule == RuleId::AsyncsFirst, member.ordinal());
        (!member.stopped, up, *rule == RuleId::PrimaryLast, turn)
    });
    turns
}

/// Who is primary; where nobody says so, the last one to go is taken for it, so that nothing is promised.
fn primary<'a>(turns: &[(&'a Member, RuleId)], all: &'a [Member], blind: bool) -> Option<&'a str> {
    let known = all.iter().find(|member| member.is_primary()).filter(|_| !blind);
    let last = || turns.iter().rev().map(|(member, _)| *member).find(|member| !member.is_async() && !member.stopped);
    known.or_else(last).map(|member| member.name.as_str())
}

fn other<'a>(members: &[&'a Member], name: &str) -> Option<&'a str> {
    members.iter().find(|member| member.name != name).map(|member| member.name.as_str())
}

fn restart(name: &str, role: Option<String>, by: RuleId) -> PodImpact {
    PodImpact { pod: name.to_owned(), role, effect: PodEffect::Restarts, rule: Some(by) }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::mirror::MirrorStatus;

    fn member(ordinal: usize, what: &str) -> Member {
        let (role, member_type) = match what {
            "primary" | "backup" => (Some(what.to_owned()), "Failover"),
            "async" => (None, "Disaster Recovery"),
            _ => (None, "Failover"),
        };
        Member {
            name: format!("d-{ordinal}"),
            uid: String::new(),
            role,
            reports: true,
            status: Some(MirrorStatus {
                member_type: member_type.into(),
                status: String::new(),
                journal: String::new(),
                at: Timestamp::UNIX_EPOCH,
            }),
            outdated: true,
            image: None,
            stopped: what == "stopped",
            ready: !matches!(what, "stopped" | "ill"),
        }
    }

    fn foresee(all: &[&str], restarting: &[usize], been: &[&str], terms: Terms) -> (String, usize) {
        let all: Vec<Member> = all.iter().enumerate().map(|(ordinal, what)| member(ordinal, what)).collect();
        let chosen: Vec<Member> = restarting.iter().map(|at| all[*at].clone()).collect();
        let been: Vec<String> = been.iter().map(|name| (*name).to_owned()).collect();
        let course = course(&chosen, &all, &been, terms);
        let mut said: Vec<String> = course
            .pods
            .iter()
            .map(|pod| {
                format!("{} {}: {}", pod.pod, pod.role.as_deref().unwrap_or("?"), pod.rule.map(RuleId::as_str).unwrap())
            })
            .collect();
        said.extend(course.left.iter().map(|pod| format!("{pod} stays")));
        (said.join(", "), course.moves)
    }

    #[test]
    fn courses() {
        let plain = Terms::default();
        let version = Terms { both_primary: true, ..plain };
        let pause = Terms { up_to_primary: true, ..version };
        let blind = Terms { blind: true, both_primary: true, ..plain };
        let pair = ["primary", "backup"];
        let first = "d-1 backup: backup-first, d-0 primary: primary-last";
        for (all, restarting, been, terms, said, moves) in [
            (&pair[..], &[0, 1][..], &[][..], plain, first.to_owned(), 1),
            (
                &["backup", "primary"],
                &[0, 1],
                &[],
                plain,
                "d-0 backup: backup-first, d-1 primary: primary-last".into(),
                1,
            ),
            // A new version: both are primary once in it.
            (&pair, &[0, 1], &[], version, format!("{first}, d-1 primary: both-primary"), 2),
            // Cut off after the backup, and after the primary.
            (&pair, &[0], &[], version, "d-0 primary: primary-last, d-1 primary: both-primary".into(), 2),
            (&pair, &[], &[], version, "d-0 primary: both-primary".into(), 1),
            (&pair, &[], &["d-1"], version, String::new(), 0),
            // A fail-over in between: the new member is primary, the old one is not.
            (&pair, &[1], &[], version, "d-1 backup: backup-first, d-0 primary: both-primary".into(), 1),
            (&pair, &[1], &[], plain, "d-1 backup: backup-first".into(), 0),
            // The primary waits.
            (&pair, &[0, 1], &[], pause, "d-1 backup: backup-first, d-0 stays".into(), 0),
            (&pair, &[0], &[], pause, "d-0 stays".into(), 0),
            // Asyncs go first wherever they stand, and are never primary.
            (
                &["async", "backup", "primary", "async"],
                &[0, 1, 2, 3],
                &[],
                version,
                "d-3 ?: asyncs-first, d-0 ?: asyncs-first, d-1 backup: backup-first, d-2 primary: primary-last, \
                 d-1 primary: both-primary"
                    .into(),
                2,
            ),
            // What does not run is repaired first; nobody is primary then.
            (&["primary", "stopped"], &[0, 1], &[], plain, "d-1 ?: repair-first, d-0 primary: primary-last".into(), 1),
            (&["stopped", "stopped"], &[0, 1], &[], plain, "d-0 ?: repair-first, d-1 ?: repair-first".into(), 0),
            // Who is ill goes before those that are not, whatever it is: a backup before an async.
            (
                &["primary", "ill", "async"],
                &[0, 1, 2],
                &[],
                plain,
                "d-1 ?: backup-first, d-2 ?: asyncs-first, d-0 primary: primary-last".into(),
                1,
            ),
            (&["ill", ""], &[0, 1], &[], blind, "d-0 ?: blind-order, d-1 ?: blind-order".into(), 1),
            // Nobody knows.
            (&["", ""], &[0, 1], &[], plain, "d-1 ?: backup-first, d-0 ?: backup-first".into(), 1),
            (&["", ""], &[0, 1], &[], blind, "d-1 ?: blind-order, d-0 ?: blind-order".into(), 1),
        ] {
            let expected = (said, moves);
            assert_eq!(foresee(all, restarting, been, terms), expected, "{all:?} {restarting:?} {terms:?}");
        }
    }
}
