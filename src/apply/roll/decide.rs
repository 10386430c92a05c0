//! What a roll does next. Pure: the whole state goes in, one decision comes out.

use super::Member;
use crate::{apply::target::ordinal, labeler::Role};

/// What a roll sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scene {
    /// Whether the controller has seen the set's newest template.
    pub(super) observed: bool,
    /// How many pods there should be.
    pub(super) replicas: usize,
    /// The pods.
    pub(super) members: Vec<Member>,
    /// Whether the members' status can't be known.
    pub(super) blind: bool,
}

/// What a roll does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing: every pod is new, ready, and where roles are known the mirror is whole.
    Done,
    /// Waits, and why.
    Wait(String),
    /// Deletes this pod.
    Delete {
        /// Its name.
        name: String,
        /// Its uid.
        uid: String,
        /// Its role, where known.
        role: Option<Role>,
    },
}

/// Decides. No pod is deleted while another one is missing or not ready; the primary is deleted last, and only when a
/// new backup could take over without loss.
pub(super) fn decide(scene: &Scene) -> Decision {
    if !scene.observed {
        return Decision::Wait("the controller has not seen the change yet".to_owned());
    }
    if scene.members.len() < scene.replicas {
        return Decision::Wait(format!("{} of {} pods made", scene.members.len(), scene.replicas));
    }
    if scene.members.iter().all(|member| !member.outdated) {
        return settled(scene);
    }
    let chosen = if scene.blind { highest_outdated(scene, |_| true) } else { by_role(scene) };
    match chosen {
        Ok(member) => match others_ready(scene, member) {
            Ok(()) => Decision::Delete { name: member.name.clone(), uid: member.uid.clone(), role: member.role() },
            Err(reason) => Decision::Wait(reason),
        },
        Err(reason) => Decision::Wait(reason),
    }
}

/// Every pod is new: waits until all are ready and the mirror is whole again.
fn settled(scene: &Scene) -> Decision {
    if let Some(reason) = scene.members.iter().find_map(|member| member.ready.clone().err()) {
        return Decision::Wait(reason);
    }
    if scene.blind {
        return Decision::Done;
    }
    match primary(scene) {
        Ok(_) => match backups_caught_up(scene) {
            Ok(()) => Decision::Done,
            Err(reason) => Decision::Wait(reason),
        },
        Err(reason) => Decision::Wait(reason),
    }
}

/// The outdated member that is next by role.
fn by_role(scene: &Scene) -> Result<&Member, String> {
    let primary = primary(scene)?;
    if let Ok(member) = highest_outdated(scene, |member| member.uid != primary.uid) {
        return Ok(member);
    }
    backups_caught_up(scene)?;
    if !scene.members.iter().any(|member| member.uid != primary.uid && member.caught_up().is_ok()) {
        return Err(format!("there is no backup that could take over from {}", primary.name));
    }
    Ok(primary)
}

/// The one member that is primary now.
fn primary(scene: &Scene) -> Result<&Member, String> {
    let mut primaries = scene.members.iter().filter(|member| member.role() == Some(Role::Primary));
    match (primaries.next(), primaries.next()) {
        (Some(primary), None) => Ok(primary),
        (Some(one), Some(other)) => Err(format!("both {} and {} say that they are primary", one.name, other.name)),
        (None, _) => {
            let unknown = scene.members.iter().find_map(|member| member.status.as_ref().err());
            Err(unknown.cloned().unwrap_or_else(|| "no member is primary".to_owned()))
        }
    }
}

/// Whether every fail-over member but the primary could take over. A member whose type is unknown counts as one.
fn backups_caught_up(scene: &Scene) -> Result<(), String> {
    let others = scene.members.iter().filter(|member| member.role() != Some(Role::Primary));
    others.filter(|member| member.is_failover() || member.status.is_err()).try_for_each(Member::caught_up)
}

fn highest_outdated(scene: &Scene, eligible: impl Fn(&Member) -> bool) -> Result<&Member, String> {
    let outdated = scene.members.iter().filter(|member| member.outdated && eligible(member));
    outdated.max_by_key(|member| ordinal(&member.name)).ok_or_else(|| "nothing is outdated".to_owned())
}

fn others_ready(scene: &Scene, chosen: &Member) -> Result<(), String> {
    let mut others = scene.members.iter().filter(|member| member.uid != chosen.uid);
    others.try_for_each(|member| member.ready.clone())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::labeler::MirrorStatus;

    fn member(ordinal: usize, outdated: bool, ready: bool, status: Option<(&str, &str)>) -> Member {
        let name = format!("d-{ordinal}");
        let status = status.map(|(status, journal)| {
            let member_type = if status == "Connected" { "Disaster Recovery" } else { "Failover" };
            MirrorStatus {
                member_type: member_type.into(),
                status: status.into(),
                journal: journal.into(),
                at: Timestamp::UNIX_EPOCH,
            }
        });
        Member {
            uid: format!("u{ordinal}"),
            outdated,
            ready: if ready { Ok(()) } else { Err(format!("{name} is Pending")) },
            status: status.ok_or_else(|| format!("{name} does not say its mirror status")),
            label: None,
            name,
        }
    }

    const PRIMARY: Option<(&str, &str)> = Some(("Primary", "N/A"));
    const ACTIVE: Option<(&str, &str)> = Some(("Backup", "Active"));
    const CATCHING_UP: Option<(&str, &str)> = Some(("Backup", "Catchup"));
    const ASYNC: Option<(&str, &str)> = Some(("Connected", "Caught up"));

    fn scene(members: Vec<Member>) -> Scene {
        Scene { observed: true, replicas: 2, members, blind: false }
    }

    fn say(decision: &Decision) -> String {
        match decision {
            Decision::Done => "done".to_owned(),
            Decision::Wait(reason) => format!("wait: {reason}"),
            Decision::Delete { name, role, .. } => format!("delete {name} {}", role.map_or("?", Role::as_str)),
        }
    }

    #[test]
    fn a_roll_by_role() {
        for (members, expected) in [
            // Wherever the primary is, the backup goes first.
            (vec![member(0, true, true, PRIMARY), member(1, true, true, ACTIVE)], "delete d-1 backup"),
            (vec![member(0, true, true, ACTIVE), member(1, true, true, PRIMARY)], "delete d-0 backup"),
            // The backup was replaced.
            (vec![member(0, true, true, PRIMARY)], "wait: 1 of 2 pods made"),
            (
                vec![member(0, true, true, PRIMARY), member(1, false, false, None)],
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
            // A fail-over in between: whoever is primary now goes last.
            (vec![member(0, true, true, ACTIVE), member(1, false, true, PRIMARY)], "delete d-0 backup"),
            // A roll that was cut off goes on.
            (vec![member(0, true, true, PRIMARY), member(1, false, true, ACTIVE)], "delete d-0 primary"),
            // Roles unknown: nothing is touched.
            (
                vec![member(0, true, true, None), member(1, true, true, None)],
                "wait: d-0 does not say its mirror status",
            ),
            (
                vec![member(0, true, true, PRIMARY), member(1, true, true, PRIMARY)],
                "wait: both d-0 and d-1 say that they are primary",
            ),
            (vec![member(0, true, true, ACTIVE), member(1, true, true, ACTIVE)], "wait: no member is primary"),
            // The primary is not ready: the backup stays.
            (vec![member(0, true, false, PRIMARY), member(1, true, true, ACTIVE)], "wait: d-0 is Pending"),
            // A backup that is broken under the old template may go: the new one is its cure.
            (vec![member(0, true, true, PRIMARY), member(1, true, false, None)], "delete d-1 ?"),
        ] {
            let scene = scene(members);
            assert_eq!(say(&decide(&scene)), expected, "{scene:?}");
        }
    }

    #[test]
    fn asyncs_go_before_the_failover_members_and_need_not_be_active() {
        let with_async = |first, second, third| {
            let mut scene = scene(vec![first, second, third]);
            scene.replicas = 3;
            say(&decide(&scene))
        };
        let primary = || member(0, true, true, PRIMARY);
        assert_eq!(with_async(primary(), member(1, true, true, ACTIVE), member(2, true, true, ASYNC)), "delete d-2 ?");
        assert_eq!(
            with_async(primary(), member(1, true, true, ACTIVE), member(2, false, true, ASYNC)),
            "delete d-1 backup"
        );
        assert_eq!(
            with_async(primary(), member(1, false, true, ACTIVE), member(2, false, true, ASYNC)),
            "delete d-0 primary"
        );
        assert_eq!(
            with_async(member(0, false, true, PRIMARY), member(1, false, true, ACTIVE), member(2, false, true, ASYNC)),
            "done"
        );
    }

    #[test]
    fn without_roles_the_highest_ordinal_goes_first() {
        let blind = |members| say(&decide(&Scene { blind: true, ..scene(members) }));
        assert_eq!(blind(vec![member(0, true, true, None), member(1, true, true, None)]), "delete d-1 ?");
        assert_eq!(blind(vec![member(0, true, true, None), member(1, false, false, None)]), "wait: d-1 is Pending");
        assert_eq!(blind(vec![member(0, true, true, None), member(1, false, true, None)]), "delete d-0 ?");
        assert_eq!(blind(vec![member(0, false, true, None), member(1, false, true, None)]), "done");
    }

    fn any_member(ordinal: usize) -> impl Strategy<Value = Member> {
        let status = prop_oneof![Just(None), Just(PRIMARY), Just(ACTIVE), Just(CATCHING_UP), Just(ASYNC)];
        (any::<bool>(), any::<bool>(), status)
            .prop_map(move |(outdated, ready, status)| member(ordinal, outdated, ready, status))
    }

    proptest! {
        #[test]
        fn nothing_is_deleted_that_would_stop_the_mirror(
            members in (any_member(0), any_member(1), any_member(2)).prop_map(|(a, b, c)| vec![a, b, c]),
            count in 1..=3_usize, blind: bool,
        ) {
            let members = members[..count].to_vec();
            let scene = Scene { observed: true, replicas: count, members, blind };
            if let Decision::Delete { uid, .. } = decide(&scene) {
                let chosen = scene.members.iter().find(|member| member.uid == uid).unwrap();
                let others: Vec<_> = scene.members.iter().filter(|member| member.uid != uid).collect();
                prop_assert!(chosen.outdated);
                prop_assert!(others.iter().all(|member| member.ready.is_ok()));
                if !blind {
                    if chosen.role() == Some(Role::Primary) {
                        prop_assert!(others.iter().any(|member| member.caught_up().is_ok()));
                        prop_assert!(others.iter().all(|member| !member.outdated));
                    } else {
                        let primaries = others.iter().filter(|member| member.role() == Some(Role::Primary));
                        prop_assert_eq!(primaries.count(), 1);
                    }
                }
            }
        }
    }
}
