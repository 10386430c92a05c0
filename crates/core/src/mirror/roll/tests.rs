//! Decisions, by table and by law.

use proptest::prelude::*;

use crate::mirror::{
    roll::*,
    tests::{ACTIVE, ASYNC, CATCHING_UP, PRIMARY, member},
};

/// IRIS does not run in it.
fn stopped(ordinal: usize, outdated: bool) -> MemberState {
    MemberState { stopped: true, ..member(ordinal, outdated, false, None) }
}

const IN_TROUBLE: Option<(&str, &str)> = Some(("Stopped", ""));

const PLAIN: RollTerms = RollTerms { blind: false, both_primary: false, up_to_primary: false };
const BLIND: RollTerms = RollTerms { blind: true, ..PLAIN };
const VERSION: RollTerms = RollTerms { both_primary: true, ..PLAIN };
const PAUSE: RollTerms = RollTerms { up_to_primary: true, ..PLAIN };

fn state(replicas: usize, members: Vec<MemberState>) -> MirrorState {
    MirrorState { observed: true, first: 0, replicas, members }
}

fn say(state: &MirrorState, terms: RollTerms, was_primary: &[&str]) -> String {
    let was_primary = was_primary.iter().map(|name| (*name).to_owned()).collect();
    match decide(state, terms, &was_primary) {
        Decision::Done => "done".to_owned(),
        Decision::Wait(reason) => format!("wait: {reason}"),
        Decision::Delete { name, role, .. } => format!("delete {name} {}", role.map_or("?", Role::as_str)),
    }
}

fn of_pair(members: Vec<MemberState>, terms: RollTerms) -> String {
    say(&state(2, members), terms, &[])
}

#[test]
fn a_roll_by_role() {
    for (members, expected) in [
        // Wherever the primary is, the backup goes first.
        (vec![member(0, true, true, PRIMARY), member(1, true, true, ACTIVE)], "delete d-1 backup"),
        (vec![member(0, true, true, ACTIVE), member(1, true, true, PRIMARY)], "delete d-0 backup"),
        // The backup was replaced.
        (vec![member(0, true, true, PRIMARY)], "wait: 1 of 2 pods made"),
        (vec![member(0, true, true, PRIMARY), member(1, false, false, None)], "wait: d-1 is Pending"),
        (
            vec![member(0, true, true, PRIMARY), member(1, false, true, None)],
            "wait: d-1 does not say its mirror status",
        ),
        (
            vec![member(0, true, true, PRIMARY), member(1, false, true, CATCHING_UP)],
            "wait: d-1 is Failover Backup, journal transfer Catchup",
        ),
        (vec![member(0, true, true, PRIMARY), member(1, false, false, ACTIVE)], "wait: d-1 is Pending"),
        (vec![member(0, true, true, PRIMARY), member(1, false, true, ACTIVE)], "delete d-0 primary"),
        // Then the primary.
        (
            vec![member(0, false, true, None), member(1, false, true, PRIMARY)],
            "wait: d-0 does not say its mirror status",
        ),
        (
            vec![member(0, false, true, CATCHING_UP), member(1, false, true, PRIMARY)],
            "wait: d-0 is Failover Backup, journal transfer Catchup",
        ),
        (vec![member(0, false, true, ACTIVE), member(1, false, true, PRIMARY)], "done"),
        // A fail-over in between: whoever is primary now goes last, and the new primary has everything.
        (vec![member(0, true, true, ACTIVE), member(1, false, true, PRIMARY)], "delete d-0 backup"),
        (vec![member(0, true, true, CATCHING_UP), member(1, false, true, PRIMARY)], "delete d-0 backup"),
        // A roll that was cut off goes on.
        (vec![member(0, true, true, PRIMARY), member(1, false, true, ACTIVE)], "delete d-0 primary"),
        // Roles unknown: nothing is touched.
        (vec![member(0, true, true, None), member(1, true, true, None)], "wait: d-0 does not say its mirror status"),
        (
            vec![member(0, true, true, PRIMARY), member(1, true, true, PRIMARY)],
            "wait: both d-0 and d-1 say that they are primary",
        ),
        (vec![member(0, true, true, ACTIVE), member(1, true, true, ACTIVE)], "wait: no member is primary"),
        // The primary is not ready: the backup stays.
        (vec![member(0, true, false, PRIMARY), member(1, true, true, ACTIVE)], "wait: d-0 is Pending"),
        // The backup still catches up: the roll does not begin.
        (
            vec![member(0, true, true, PRIMARY), member(1, true, true, CATCHING_UP)],
            "wait: d-1 is Failover Backup, journal transfer Catchup",
        ),
    ] {
        assert_eq!(of_pair(members.clone(), PLAIN), expected, "{members:?}");
    }
}

#[test]
fn a_broken_member_is_repaired_and_the_primary_is_never_taken_with_it() {
    let terminating = |member: MemberState| MemberState { terminating: true, ..member };
    for (members, expected) in [
        // Ill under the old template: the new one is its cure, whether it runs or not.
        (vec![member(0, true, true, PRIMARY), stopped(1, true)], "delete d-1 ?"),
        (vec![member(0, true, true, PRIMARY), member(1, true, false, None)], "delete d-1 ?"),
        (vec![member(0, true, true, PRIMARY), member(1, true, true, IN_TROUBLE)], "delete d-1 ?"),
        (vec![member(0, false, true, PRIMARY), stopped(1, true)], "delete d-1 ?"),
        // Ill under the new one: nobody can help, and the primary stays.
        (vec![member(0, true, true, PRIMARY), stopped(1, false)], "wait: d-1 is Pending"),
        (
            vec![member(0, true, true, PRIMARY), member(1, false, true, IN_TROUBLE)],
            "wait: d-1 is Failover Stopped, journal transfer unknown",
        ),
        // The primary is not ready, but may serve: it is not touched while the other is down.
        (vec![member(0, true, false, PRIMARY), member(1, false, false, None)], "wait: d-1 is Pending"),
        (vec![member(0, true, false, PRIMARY)], "wait: 1 of 2 pods made"),
        (vec![member(0, true, true, None)], "wait: 1 of 2 pods made"),
        (vec![member(0, true, true, PRIMARY), terminating(stopped(1, true))], "wait: d-1 is terminating"),
        // Both are down: each is repaired, the lower one first, since the others are only made when it is ready.
        (vec![stopped(0, true), stopped(1, true)], "delete d-0 ?"),
        (vec![stopped(0, true)], "delete d-0 ?"),
        (vec![stopped(1, true)], "wait: 1 of 2 pods made"),
        (vec![member(0, false, true, None), stopped(1, true)], "delete d-1 ?"),
        // What last said that it is primary is asked first whether it still is.
        (vec![MemberState { stopped: true, ..member(0, true, false, PRIMARY) }], "wait: 1 of 2 pods made"),
    ] {
        assert_eq!(of_pair(members.clone(), PLAIN), expected, "{members:?}");
    }
}

#[test]
fn asyncs_go_before_the_failover_members_and_need_not_be_active() {
    let with_async = |first, second, third| say(&state(3, vec![first, second, third]), PLAIN, &[]);
    let primary = || member(0, true, true, PRIMARY);
    assert_eq!(with_async(primary(), member(1, true, true, ACTIVE), member(2, true, true, ASYNC)), "delete d-2 ?");
    // By what they are, not by where they stand.
    assert_eq!(
        with_async(member(0, true, true, ASYNC), member(1, true, true, PRIMARY), member(2, true, true, ACTIVE)),
        "delete d-0 ?"
    );
    assert_eq!(
        with_async(primary(), member(1, true, true, ACTIVE), member(2, false, true, ASYNC)),
        "delete d-1 backup"
    );
    assert_eq!(
        with_async(primary(), member(1, true, true, ACTIVE), member(2, false, false, ASYNC)),
        "wait: d-2 is Pending"
    );
    assert_eq!(
        with_async(primary(), member(1, false, true, ACTIVE), member(2, false, true, ASYNC)),
        "delete d-0 primary"
    );
    let new = |status| member(0, false, true, status);
    let rest = || (member(1, false, true, ACTIVE), member(2, false, true, ASYNC));
    assert_eq!(with_async(new(PRIMARY), rest().0, rest().1), "done");
    assert_eq!(say(&state(3, vec![new(PRIMARY), rest().0, rest().1]), VERSION, &["d-0", "d-1"]), "done");
}

#[test]
fn in_a_new_version_both_are_primary_once() {
    let new = |ordinal, status| member(ordinal, false, true, status);
    let done = |was_primary: &[&str]| say(&state(2, vec![new(0, ACTIVE), new(1, PRIMARY)]), VERSION, was_primary);
    assert_eq!(done(&["d-1"]), "delete d-1 primary");
    assert_eq!(done(&["d-0", "d-1"]), "done");
    // Not before the other one could take over.
    let behind = state(2, vec![new(0, CATCHING_UP), new(1, PRIMARY)]);
    assert_eq!(say(&behind, VERSION, &["d-1"]), "wait: d-0 is Failover Backup, journal transfer Catchup");
    let old = state(2, vec![member(0, true, true, PRIMARY), new(1, ACTIVE)]);
    assert_eq!(new_primaries(&old).count(), 0);
    assert_eq!(new_primaries(&behind).collect::<Vec<_>>(), ["d-1"]);
    assert_eq!(
        new_primaries(&MirrorState { observed: false, ..behind }).count(),
        0,
        "which revision is new is not known yet"
    );
}

#[test]
fn a_pause_leaves_whoever_is_primary() {
    let pause = |first, second| of_pair(vec![first, second], PAUSE);
    assert_eq!(pause(member(0, true, true, PRIMARY), member(1, true, true, ACTIVE)), "delete d-1 backup");
    assert_eq!(
        pause(member(0, true, true, PRIMARY), member(1, false, true, CATCHING_UP)),
        "wait: d-1 is Failover Backup, journal transfer Catchup"
    );
    assert_eq!(pause(member(0, true, true, PRIMARY), member(1, false, true, ACTIVE)), "done");
    // It moved: the old one is the backup now, and goes.
    assert_eq!(pause(member(0, true, true, ACTIVE), member(1, false, true, PRIMARY)), "delete d-0 backup");
}

#[test]
fn without_roles_the_highest_ordinal_goes_first() {
    let blind = |members| of_pair(members, BLIND);
    assert_eq!(blind(vec![member(0, true, true, None), member(1, true, true, None)]), "delete d-1 ?");
    assert_eq!(blind(vec![member(0, true, true, None), member(1, false, false, None)]), "wait: d-1 is Pending");
    assert_eq!(blind(vec![member(0, true, true, None), member(1, false, true, None)]), "delete d-0 ?");
    assert_eq!(blind(vec![member(0, false, true, None), member(1, false, true, None)]), "done");
    assert_eq!(blind(vec![stopped(0, true), member(1, true, true, None)]), "delete d-0 ?");
}

#[test]
fn without_words_labels_tell_who_is_last() {
    let labelled = |ordinal, outdated, ready, label| MemberState {
        labelled_role: Some(label),
        ..member(ordinal, outdated, ready, None)
    };
    let primary = |ordinal, outdated| labelled(ordinal, outdated, true, Role::Primary);
    let backup = |ordinal, outdated| labelled(ordinal, outdated, true, Role::Backup);
    let with_labeler = |status| MemberState { has_labeler: true, ..member(0, false, true, status) };
    let paused = RollTerms { up_to_primary: true, ..BLIND };
    for (terms, members, expected) in [
        (BLIND, vec![backup(0, true), primary(1, true)], "delete d-0 ?"),
        (BLIND, vec![primary(0, true), backup(1, true)], "delete d-1 ?"),
        (BLIND, vec![member(0, true, true, None), primary(1, true)], "delete d-0 ?"),
        (BLIND, vec![backup(0, false), primary(1, true)], "delete d-1 ?"),
        // One that is labelled primary and not ready is not taken before the backup, and the backup not with it.
        (BLIND, vec![backup(0, true), labelled(1, true, false, Role::Primary)], "wait: d-1 is Pending"),
        // Who is back and has somebody to say so has to be able to take over.
        (BLIND, vec![with_labeler(None), primary(1, true)], "wait: d-0 does not say its mirror status"),
        (
            BLIND,
            vec![with_labeler(CATCHING_UP), primary(1, true)],
            "wait: d-0 is Failover Backup, journal transfer Catchup",
        ),
        (BLIND, vec![with_labeler(ACTIVE), primary(1, true)], "delete d-1 ?"),
        (paused, vec![backup(0, true), primary(1, true)], "delete d-0 ?"),
        (paused, vec![backup(0, false), primary(1, true)], "done"),
        (paused, vec![member(0, true, true, None), member(1, true, true, None)], "wait: no member is primary"),
    ] {
        assert_eq!(of_pair(members.clone(), terms), expected, "{members:?}");
    }
}

fn any_member(ordinal: usize) -> impl Strategy<Value = MemberState> {
    let status = prop_oneof![Just(None), Just(PRIMARY), Just(ACTIVE), Just(CATCHING_UP), Just(IN_TROUBLE), Just(ASYNC)];
    (any::<bool>(), any::<bool>(), any::<bool>(), status).prop_map(move |(outdated, ready, stopped, status)| {
        let member = member(ordinal, outdated, ready && !stopped, status);
        MemberState { stopped, ..member }
    })
}

proptest! {
    #[test]
    fn nothing_is_deleted_that_would_stop_the_mirror(
        members in (any_member(0), any_member(1), any_member(2)).prop_map(|(a, b, c)| vec![a, b, c]),
        count in 1..=3_usize, missing: bool, blind: bool, both_primary: bool, up_to_primary: bool,
        was_primary in proptest::collection::btree_set("d-[0-2]", 0..3),
    ) {
        let members = members[..count].to_vec();
        let state = MirrorState { observed: true, first: 0, replicas: count + usize::from(missing), members };
        let terms = RollTerms { blind, both_primary, up_to_primary };
        if let Decision::Delete { uid, role, .. } = decide(&state, terms, &was_primary) {
            let chosen = state.members.iter().find(|member| member.uid == uid).unwrap();
            let others: Vec<_> = state.members.iter().filter(|member| member.uid != uid).collect();
            if chosen.stopped && role.is_none() {
                prop_assert!(chosen.outdated);
                return Ok(());
            }
            prop_assert!(!missing, "nobody goes while another one is missing");
            let primaries = others.iter().filter(|member| member.role == Some(Role::Primary));
            if role == Some(Role::Primary) && !blind {
                prop_assert!(!up_to_primary);
                prop_assert!(chosen.outdated || both_primary);
                prop_assert_eq!(primaries.count(), 0);
                prop_assert!(others.iter().all(|member| member.ready.is_ok() && !member.outdated));
                prop_assert!(others.iter().any(|member| member.caught_up().is_ok()));
            } else if !blind {
                prop_assert!(chosen.outdated);
                prop_assert_eq!(primaries.clone().count(), 1);
                prop_assert!(primaries.clone().all(|member| member.ready.is_ok()));
                prop_assert!(chosen.ready.is_err() || others.iter().all(|member| member.ready.is_ok()));
            } else {
                prop_assert!(chosen.outdated && others.iter().all(|member| member.ready.is_ok()));
                let is_primary = |member: &MemberState| member.likely_role() == Some(Role::Primary);
                prop_assert!(!is_primary(chosen) || others.iter().all(|other| is_primary(other) || !other.outdated));
                prop_assert!(!is_primary(chosen) || !up_to_primary);
            }
        }
    }
}
