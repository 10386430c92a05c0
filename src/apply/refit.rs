//! Replacing pods that lack a claim which their StatefulSet wants.
//!
//! Kubernetes can't add a volume to a pod. It looks at the pods from the lowest ordinal up, fails at the first that lacks
//! one, and does nothing more for the set: pods of higher ordinals that are gone stay away. So the lowest one goes first,
//! whoever is primary, and each only when the others could do without it.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value;

use super::{
    failure::Failure,
    perform::Performer,
    remove::{Guard, problem},
    roll::{Member, Sight},
    target::{number, ordinal, text, uid},
    trouble::Trouble,
    wait::Look,
};
use crate::{labeler::Role, plan::missing_in, schema::ObjectRef};

/// What is replaced.
pub(super) struct Refit<'a> {
    pub(super) address: &'a str,
    pub(super) set: &'a ObjectRef,
    pub(super) uid: Option<&'a str>,
    /// The generation that was written.
    pub(super) generation: i64,
    /// Whether the pods are members of a mirror.
    pub(super) mirrored: bool,
    /// Whether the members' status can't be known.
    pub(super) blind: bool,
}

/// A pod and whether it has to be replaced.
#[derive(Debug, Clone)]
struct Seen {
    member: Member,
    lacks: bool,
}

/// What a look sees.
#[derive(Debug, Clone)]
struct Scene {
    /// Whether the controller has seen the set as it is.
    observed: bool,
    /// How many pods there should be.
    replicas: u64,
    /// The pods, by ordinal.
    pods: Vec<Seen>,
    mirrored: bool,
    blind: bool,
}

/// What is done next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Decision {
    /// Nothing: no pod lacks anything, and of a mirror every member is new and in its place.
    Done,
    /// Waits, and why.
    Wait(String),
    /// Gives up, and why.
    Stuck(String),
    /// Deletes the pod with this uid.
    Delete(String),
}

fn decide(scene: &Scene) -> Decision {
    if !scene.observed {
        return Decision::Wait("the controller has not seen the change yet".to_owned());
    }
    let (mirrored, blind) = (scene.mirrored, scene.blind);
    // Kubernetes rolls what is only of an older revision itself, unless it is a mirror.
    let due = |seen: &&Seen| seen.lacks || mirrored && seen.member.outdated;
    let lowest = scene.pods.iter().find(due);
    let end = lowest.map_or(scene.replicas, |seen| ordinal(&seen.member.name));
    let below = (0..end).filter(|wanted| !scene.pods.iter().any(|seen| ordinal(&seen.member.name) == *wanted)).count();
    if below > 0 {
        return Decision::Wait(format!("{} of {} pods made", scene.pods.len(), scene.replicas));
    }
    let Some(Seen { member: chosen, lacks }) = lowest else { return settled(scene) };
    let others: Vec<&Member> =
        scene.pods.iter().map(|seen| &seen.member).filter(|member| member.uid != chosen.uid).collect();
    let present = u64::try_from(scene.pods.len()).unwrap_or(u64::MAX);
    if mirrored && present < scene.replicas {
        if !lacks {
            return Decision::Wait(format!("{present} of {} pods made", scene.replicas));
        }
        return Decision::Stuck(format!(
            "{} lacks a volume, and the other members come back only after it was replaced: that would stop the mirror",
            chosen.name
        ));
    }
    if let Some(reason) = others.iter().find_map(|member| member.ready.clone().err()) {
        return Decision::Wait(reason);
    }
    if mirrored
        && !blind
        && let Err(reason) = could_do_without(chosen, &others)
    {
        return Decision::Wait(reason);
    }
    Decision::Delete(chosen.uid.clone())
}

/// Whether the mirror goes on when a member goes.
fn could_do_without(chosen: &Member, others: &[&Member]) -> Result<(), String> {
    let primaries: Vec<&&Member> = others.iter().filter(|member| member.role() == Some(Role::Primary)).collect();
    match (chosen.role(), primaries.as_slice()) {
        (Some(Role::Primary), []) => {
            let failover = others.iter().filter(|member| !member.is_async());
            failover.clone().try_for_each(|member| member.caught_up())?;
            if failover.count() == 0 {
                return Err(format!("there is no backup that could take over from {}", chosen.name));
            }
            Ok(())
        }
        (Some(Role::Primary), [other, ..]) => {
            Err(format!("both {} and {} say that they are primary", chosen.name, other.name))
        }
        (_, [_]) => Ok(()),
        (_, [one, other, ..]) => Err(format!("both {} and {} say that they are primary", one.name, other.name)),
        (_, []) => {
            let unknown = others.iter().copied().chain([chosen]).find_map(|member| member.status.clone().err());
            Err(unknown.unwrap_or_else(|| "no member is primary".to_owned()))
        }
    }
}

fn settled(scene: &Scene) -> Decision {
    if !scene.mirrored {
        return Decision::Done;
    }
    let members: Vec<&Member> = scene.pods.iter().map(|seen| &seen.member).collect();
    if let Some(reason) = members.iter().find_map(|member| member.ready.clone().err()) {
        return Decision::Wait(reason);
    }
    if scene.blind {
        return Decision::Done;
    }
    let mut primaries = members.iter().filter(|member| member.role() == Some(Role::Primary));
    let (Some(_), None) = (primaries.next(), primaries.next()) else {
        let unknown = members.iter().find_map(|member| member.status.clone().err());
        return Decision::Wait(unknown.unwrap_or_else(|| "the mirror has not one primary".to_owned()));
    };
    let others = members.iter().filter(|member| member.role() != Some(Role::Primary));
    let mut backups = others.filter(|member| !member.is_async());
    match backups.try_for_each(|member| member.caught_up()) {
        Ok(()) => Decision::Done,
        Err(reason) => Decision::Wait(reason),
    }
}

impl Performer<'_> {
    /// Replaces the pods one by one.
    pub(super) async fn refit(&self, refit: &Refit<'_>) -> Result<(), Failure> {
        let sight = self.sight(refit.set);
        let mut deleted: BTreeSet<String> = BTreeSet::new();
        loop {
            let (Decision::Delete(uid), scene) = self.foresee_refit(refit, &sight, &deleted).await? else {
                return Ok(());
            };
            self.go_on()?;
            let by_role = refit.mirrored && !refit.blind;
            // Roles may have changed since the watch told.
            let scene = if by_role { self.read_refit(refit).await? } else { scene };
            let same = decide(&scene) == Decision::Delete(uid.clone());
            let Some(Seen { member, .. }) = scene.pods.into_iter().find(|seen| same && seen.member.uid == uid) else {
                self.catch_up(&sight).await?;
                continue;
            };
            self.may_restart(&member.name, member.likely_role())?;
            let guard = if by_role { Guard::Unchanged } else { Guard::Same };
            if self.delete_pod(refit.address, refit.set, &member, guard).await? {
                deleted.insert(uid);
            }
        }
    }

    /// What there is now, whatever the watches told.
    async fn read_refit(&self, refit: &Refit<'_>) -> Result<Scene, Failure> {
        let (set, pods) = self.read_members(refit.set, refit.uid).await?;
        Ok(self.refit_scene(refit, &set, &pods.iter().collect::<Vec<_>>()))
    }

    /// Waits until there is something to do.
    async fn foresee_refit(
        &self,
        refit: &Refit<'_>,
        sight: &Sight,
        deleted: &BTreeSet<String>,
    ) -> Result<(Decision, Scene), Failure> {
        let Sight { sets, pods, .. } = sight;
        let look = || {
            let waiting = |reason: String| Look::Waiting { reason, troubles: Vec::new() };
            if !sets.is_filled() || !pods.is_filled() {
                return waiting(problem(if sets.is_filled() { pods } else { sets }, "reading the pods"));
            }
            let Some(set) = sets.get(&refit.set.name).filter(|set| uid(set) == refit.uid) else {
                if refit.uid.is_none_or(|uid| sets.is_gone(uid)) {
                    return Look::Failed("it was deleted".to_owned());
                }
                return waiting("it has not come back yet".to_owned());
            };
            let members = pods.controlled_by(uid(&set).unwrap_or_default());
            if let Some(pod) = members.iter().find(|pod| uid(pod).is_some_and(|uid| deleted.contains(uid))) {
                return waiting(format!("pod {} is going", super::target::name(pod)));
            }
            let members: Vec<&Value> = members.iter().map(Arc::as_ref).collect();
            let scene = self.refit_scene(refit, &set, &members);
            match decide(&scene) {
                Decision::Wait(reason) => Look::Waiting { reason, troubles: super::trouble::of_pods(&members) },
                // A set that was just made takes over its pods one after the other: only what lasts is stuck.
                Decision::Stuck(text) => {
                    let troubles = vec![Trouble { key: "stuck".to_owned(), text: text.clone() }];
                    Look::Waiting { reason: text, troubles }
                }
                decision => Look::Done((decision, scene)),
            }
        };
        self.wait(refit.address).until(&mut sight.all(), look).await
    }

    fn refit_scene(&self, refit: &Refit<'_>, set: &Value, pods: &[&Value]) -> Scene {
        let newest = number(set, "/metadata/generation").unwrap_or_default();
        let observed = number(set, "/status/observedGeneration").unwrap_or_default();
        let revision = text(set, "/status/updateRevision").unwrap_or_default();
        let now = self.now();
        let mut pods: Vec<Seen> = pods
            .iter()
            .map(|pod| Seen { member: Member::of(pod, revision, now), lacks: !missing_in(set, pod).is_empty() })
            .collect();
        pods.sort_by_key(|seen| ordinal(&seen.member.name));
        Scene {
            observed: newest >= refit.generation && observed >= newest && !revision.is_empty(),
            replicas: number(set, "/spec/replicas").and_then(|count| u64::try_from(count).ok()).unwrap_or(1),
            pods,
            mirrored: refit.mirrored,
            blind: refit.blind,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::labeler::MirrorStatus;

    const PRIMARY: Option<(&str, &str)> = Some(("Primary", "N/A"));
    const ACTIVE: Option<(&str, &str)> = Some(("Backup", "Active"));
    const CATCHING_UP: Option<(&str, &str)> = Some(("Backup", "Catchup"));

    fn pod(ordinal: usize, lacks: bool, ready: bool, status: Option<(&str, &str)>) -> Seen {
        let name = format!("d-{ordinal}");
        let status = status.map(|(status, journal)| MirrorStatus {
            member_type: "Failover".into(),
            status: status.into(),
            journal: journal.into(),
            at: Timestamp::UNIX_EPOCH,
        });
        let member = Member {
            uid: format!("u{ordinal}"),
            outdated: lacks,
            ready: if ready { Ok(()) } else { Err(format!("{name} is Pending")) },
            status: status.ok_or_else(|| format!("{name} does not say its mirror status")),
            label: None,
            version: String::new(),
            stopped: false,
            going: false,
            name,
        };
        Seen { member, lacks }
    }

    fn say(pods: Vec<Seen>, mirrored: bool, blind: bool) -> String {
        match decide(&Scene { observed: true, replicas: 2, pods, mirrored, blind }) {
            Decision::Done => "done".to_owned(),
            Decision::Wait(reason) => format!("wait: {reason}"),
            Decision::Stuck(reason) => format!("stuck: {reason}"),
            Decision::Delete(uid) => format!("delete {uid}"),
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
            // A backup that is broken may go: the new one is its cure.
            (vec![pod(0, true, false, None), pod(1, true, true, PRIMARY)], "delete u0"),
            // The other one can't come back first, and the one that is left must not go.
            (
                vec![pod(0, true, true, PRIMARY)],
                "stuck: d-0 lacks a volume, and the other members come back only after it was replaced: that would stop \
                 the mirror",
            ),
        ] {
            assert_eq!(say(pods.clone(), true, false), expected, "{pods:?}");
        }
        assert_eq!(say(vec![pod(0, true, true, None), pod(1, true, true, None)], true, true), "delete u0");
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
            assert_eq!(say(pods.clone(), false, false), expected, "{pods:?}");
        }
    }
}
