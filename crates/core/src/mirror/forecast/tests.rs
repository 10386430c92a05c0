//! Forecasts, by table.

use super::*;
use crate::mirror::{
    member::MemberState,
    tests::{ACTIVE, ASYNC, CATCHING_UP, PRIMARY, member},
};

const PLAIN: RollTerms = RollTerms { blind: false, both_primary: false, up_to_primary: false };
const VERSION: RollTerms = RollTerms { both_primary: true, ..PLAIN };
const PAUSE: RollTerms = RollTerms { up_to_primary: true, ..VERSION };
const BLIND: RollTerms = RollTerms { blind: true, ..VERSION };

/// A member of `d` as one word says it; `!` marks one that is not ready.
fn member_of(ordinal: usize, what: &str) -> MemberState {
    let word = what.trim_start_matches('!');
    let status = match word {
        "primary" => PRIMARY,
        "backup" => ACTIVE,
        "behind" => CATCHING_UP,
        "async" => ASYNC,
        _ => None,
    };
    let stopped = word == "stopped";
    MemberState { stopped, ..member(ordinal, false, !stopped && word == what, status) }
}

/// The members of a set; those that are missing have no word.
fn mirror(words: &[&str], outdated: &[usize]) -> MirrorState {
    let there = words.iter().enumerate().filter(|(_, what)| !what.is_empty());
    let members =
        there.map(|(ordinal, what)| MemberState { outdated: outdated.contains(&ordinal), ..member_of(ordinal, what) });
    MirrorState { observed: true, first: 0, replicas: words.len(), members: members.collect() }
}

/// `NAME ROLE: RULE [> SUCCESSOR]`, what is waited for in brackets, what is left and what blocks.
fn told(forecast: &Forecast) -> String {
    let restart = |restart: &Restart| {
        let Restart { name, role, rule, is_primary, successor } = restart;
        let moves = if *is_primary { format!(" > {}", successor.as_deref().unwrap_or("?")) } else { String::new() };
        format!("{name} {}: {}{moves}", role.map_or("?", Role::as_str), rule.id())
    };
    let event = |event: &Event| match event {
        Event::Waits(obstacle) => format!("[{obstacle}]"),
        Event::Restarts(one) => restart(one),
    };
    let mut said: Vec<String> = forecast.events.iter().map(event).collect();
    said.extend(forecast.blocked.iter().map(|blocked| {
        let next = blocked.next.as_ref().map(|next| format!(" before {}", restart(next)));
        format!("blocked{}: {}", next.unwrap_or_default(), blocked.obstacle)
    }));
    said.extend(forecast.left_outdated.iter().map(|pod| format!("{pod} stays")));
    said.join(", ")
}

#[test]
fn rolls() {
    let pair = &["primary", "backup"][..];
    let first = "d-1 backup: backup-first, d-0 primary: primary-last > d-1";
    let version = format!("{first}, d-1 primary: both-primary > d-0");
    for (words, outdated, was_primary, terms, expected) in [
        (pair, &[0, 1][..], &[][..], PLAIN, first),
        (&["backup", "primary"], &[0, 1], &[], PLAIN, "d-0 backup: backup-first, d-1 primary: primary-last > d-0"),
        // A new version: both are primary once in it.
        (pair, &[0, 1], &[], VERSION, &version),
        // Cut off after the backup, and after the primary.
        (pair, &[0], &[], VERSION, "d-0 primary: primary-last > d-1, d-1 primary: both-primary > d-0"),
        (pair, &[], &[], VERSION, "d-0 primary: both-primary > d-1"),
        (pair, &[], &["d-1"], VERSION, ""),
        // A fail-over in between: the new member is primary, the old one is not.
        (pair, &[1], &[], VERSION, "d-1 backup: backup-first, d-0 primary: both-primary > d-1"),
        (pair, &[1], &[], PLAIN, "d-1 backup: backup-first"),
        // The primary waits.
        (pair, &[0, 1], &[], PAUSE, "d-1 backup: backup-first, d-0 stays"),
        (pair, &[0], &[], PAUSE, "d-0 stays"),
        // Asyncs go first wherever they stand, and are never primary.
        (
            &["async", "backup", "primary", "async"],
            &[0, 1, 2, 3],
            &[],
            VERSION,
            "d-3 ?: asyncs-first, d-0 ?: asyncs-first, d-1 backup: backup-first, d-2 primary: primary-last > d-1, d-1 primary: \
             both-primary > d-2",
        ),
        // What does not run is repaired first; nobody is primary then.
        (&["primary", "stopped"], &[0, 1], &[], PLAIN, "d-1 ?: repair-first, d-0 primary: primary-last > d-1"),
        (&["stopped", "stopped"], &[0, 1], &[], PLAIN, "d-0 ?: repair-first, d-1 ?: repair-first"),
        (
            &["stopped", "stopped"],
            &[0, 1],
            &[],
            VERSION,
            "d-0 ?: repair-first, d-1 ?: repair-first, d-0 primary: both-primary > d-1",
        ),
        // Who is not ready goes before those that are, whatever it is: a backup before an async.
        (
            &["primary", "!", "async"],
            &[0, 1, 2],
            &[],
            PLAIN,
            "d-1 ?: backup-first, d-2 ?: asyncs-first, d-0 primary: primary-last > d-1",
        ),
        // What is waited for passes.
        (
            &["primary", "behind"],
            &[0, 1],
            &[],
            PLAIN,
            "[d-1 is Failover Backup, journal transfer Catchup], d-1 backup: backup-first, d-0 primary: primary-last > d-1",
        ),
    ] {
        let was_primary = was_primary.iter().map(|name| (*name).to_owned()).collect();
        let forecast = forecast(&mirror(words, outdated), terms, &was_primary);
        assert_eq!(told(&forecast), expected, "{words:?} {outdated:?} {terms:?}");
    }
}

fn roll(words: &[&str], outdated: &[usize], terms: RollTerms) -> String {
    told(&forecast(&mirror(words, outdated), terms, &BTreeSet::new()))
}

/// The last one to go is taken for the primary, so that nothing is promised.
#[test]
fn nobody_says_who_is_primary() {
    let silent = "[d-0 does not say its mirror status]";
    assert_eq!(roll(&["?", "?"], &[0, 1], PLAIN), format!("{silent}, d-1 ?: backup-first, d-0 ?: primary-last > d-1"));
    assert_eq!(
        roll(&["backup", "backup"], &[0, 1], PLAIN),
        "[no member is primary], d-1 backup: backup-first, d-0 backup: primary-last > d-1"
    );
    assert_eq!(
        roll(&["primary", "primary"], &[0, 1], PLAIN),
        "[both d-0 and d-1 say that they are primary], d-1 ?: backup-first, d-0 primary: primary-last > d-1"
    );
    assert_eq!(roll(&["?", "?"], &[0, 1], PAUSE), format!("{silent}, d-1 ?: backup-first, d-0 stays"));
}

#[test]
fn blind_rolls_go_from_the_highest_ordinal_down_and_a_label_is_the_best_guess() {
    assert_eq!(roll(&["?", "?"], &[0, 1], BLIND), "d-1 ?: blind-order, d-0 ?: blind-order > d-1");
    assert_eq!(roll(&["!", "?"], &[0, 1], BLIND), "d-0 ?: blind-order, d-1 ?: blind-order > d-0");
    assert_eq!(roll(&["stopped", "stopped"], &[0, 1], BLIND), "d-0 ?: repair-first, d-1 ?: repair-first");
    let labelled = |role: Role| MemberState { labelled_role: Some(role), outdated: true, ..member_of(1, "?") };
    let mut state = mirror(&["?", "?"], &[0, 1]);
    state.members[1] = labelled(Role::Primary);
    let said = told(&forecast(&state, BLIND, &BTreeSet::new()));
    assert_eq!(said, "d-0 ?: blind-order, d-1 primary: blind-order > d-0");
    let pause = RollTerms { up_to_primary: true, ..BLIND };
    assert_eq!(told(&forecast(&state, pause, &BTreeSet::new())), "d-0 ?: blind-order, d-1 stays");
}

#[test]
fn a_member_that_is_missing_is_made_and_takes_its_turn() {
    let missing = "[1 of 2 pods made]";
    assert_eq!(roll(&["primary", ""], &[0], PLAIN), format!("{missing}, d-0 primary: primary-last > d-1"));
    assert_eq!(
        roll(&["primary", ""], &[0], VERSION),
        format!("{missing}, d-0 primary: primary-last > d-1, d-1 primary: both-primary > d-0")
    );
    // Of those that say nothing two take over: a third one follows.
    assert_eq!(
        roll(&["primary", "backup", ""], &[0, 1], VERSION),
        "[2 of 3 pods made], d-1 backup: backup-first, d-0 primary: primary-last > d-1, d-1 primary: both-primary > d-0"
    );
    assert_eq!(roll(&["", ""], &[], PLAIN), "blocked: 0 of 2 pods made");
}

#[test]
fn a_primary_without_a_backup_does_not_restart() {
    let reason = "there is no backup that could take over from d-0";
    assert_eq!(
        roll(&["primary", "async"], &[0, 1], VERSION),
        format!("d-1 ?: asyncs-first, blocked before d-0 primary: primary-last > ?: {reason}, d-0 stays")
    );
}

#[test]
fn replacements_go_from_the_lowest_ordinal_up() {
    let replace = |words: &[&str], lacking: &[usize], whose| {
        let mut state = mirror(words, &[]);
        for at in lacking {
            state.members[*at].lacks_claim = true;
        }
        told(&forecast_replacement(&state, whose))
    };
    let (known, blind) = (ReplacedPods::Mirrored { blind: false }, ReplacedPods::Mirrored { blind: true });
    for (words, lacking, whose, expected) in [
        (
            &["primary", "backup"][..],
            &[0, 1][..],
            known,
            "d-0 primary: claims-added > d-1, d-1 backup: claims-added > d-0",
        ),
        (&["backup", "primary"], &[0, 1], known, "d-0 backup: claims-added, d-1 primary: claims-added > d-0"),
        // Cut off after the first one: it is not replaced again.
        (&["backup", "primary"], &[1], known, "d-1 primary: claims-added > d-0"),
        (&["primary", "backup"], &[1], known, "d-1 backup: claims-added"),
        (
            &["?", "?"],
            &[0, 1],
            known,
            "[d-0 does not say its mirror status], d-0 ?: claims-added, d-1 ?: claims-added > d-0",
        ),
        (&["?", "?"], &[0, 1], blind, "d-0 ?: claims-added, d-1 ?: claims-added > d-0"),
        (
            &["primary", "backup", "async"],
            &[0, 1, 2],
            known,
            "d-0 primary: claims-added > d-1, d-1 backup: claims-added > d-0, d-2 ?: claims-added",
        ),
        (&["?", "?"], &[0, 1], ReplacedPods::Unmirrored, "d-0 ?: claims-added, d-1 ?: claims-added"),
        (
            &["primary", "async"],
            &[0, 1],
            known,
            "blocked before d-0 primary: claims-added > ?: there is no backup that could take over from d-0, d-0 stays, d-1 stays",
        ),
        (
            &["?", "?", ""],
            &[0, 1],
            ReplacedPods::Unmirrored,
            "d-0 ?: claims-added, d-1 ?: claims-added, [2 of 3 pods made]",
        ),
    ] {
        assert_eq!(replace(words, lacking, whose), expected, "{words:?} {lacking:?} {whose:?}");
    }
}
