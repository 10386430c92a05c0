//! What a roll does next. Pure: the whole state goes in, one decision comes out.

use std::collections::BTreeSet;

use super::Member;
use crate::{apply::target::ordinal, labeler::Role};

/// What is asked of a roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::apply) struct Terms {
    /// Whether the members' status can't be known.
    pub(in crate::apply) blind: bool,
    /// Whether each fail-over member has to be primary once on the new revision.
    pub(in crate::apply) both_primary: bool,
    /// Whether the primary stays on the old revision.
    pub(in crate::apply) up_to_primary: bool,
}

/// What a roll sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scene {
    /// Whether the controller has seen the set's newest template.
    pub(super) observed: bool,
    /// How many pods there should be.
    pub(super) replicas: usize,
    /// The pods.
    pub(super) members: Vec<Member>,
}

/// What a roll does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing: what was asked is done, every pod is ready, and where roles are known the mirror is whole.
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

impl Decision {
    fn delete(member: &Member) -> Self {
        Self::Delete { name: member.name.clone(), uid: member.uid.clone(), role: member.role() }
    }
}

/// Names of the members that are primary on the newest revision now: none as long as the controller has not made it.
pub(super) fn new_primaries(scene: &Scene) -> impl Iterator<Item = &str> {
    let primary = |member: &&Member| scene.observed && !member.outdated && member.role() == Some(Role::Primary);
    scene.members.iter().filter(primary).map(|member| member.name.as_str())
}

/// Decides. `been` are members that were primary on the newest revision.
///
/// While IRIS runs in it, no pod is deleted as long as another one is missing or not ready; the primary is deleted last,
/// and only when a new backup could take over without loss. A pod that is ill and outdated stands in nobody's way: its
/// deletion takes nothing from a mirror whose primary lives, and none from one that is down.
pub(super) fn decide(scene: &Scene, terms: Terms, been: &BTreeSet<String>) -> Decision {
    if !scene.observed {
        return Decision::Wait("the controller has not seen the change yet".to_owned());
    }
    if let Some(going) = scene.members.iter().find(|member| member.going) {
        return Decision::Wait(format!("{} is going", going.name));
    }
    if let Some(stopped) = to_repair(scene) {
        return Decision::delete(stopped);
    }
    if scene.members.len() < scene.replicas {
        return Decision::Wait(format!("{} of {} pods made", scene.members.len(), scene.replicas));
    }
    let next = if terms.blind { highest_outdated(scene) } else { by_role(scene, terms) };
    match next {
        Ok(Some(member)) => Decision::delete(member),
        Ok(None) => settled(scene, terms, been),
        Err(reason) => Decision::Wait(reason),
    }
}

/// An outdated member in which IRIS does not run. The lowest first, since a pod that is not ready keeps those above it
/// from being made, whatever they are.
fn to_repair(scene: &Scene) -> Option<&Member> {
    let stopped = scene.members.iter().filter(|member| member.outdated && member.stopped);
    let lowest = stopped.filter(|member| member.role().is_none()).min_by_key(|member| ordinal(&member.name))?;
    let below = scene.members.iter().filter(|member| ordinal(&member.name) < ordinal(&lowest.name)).count();
    // A lower one that is missing comes first: without it this one would not come back.
    (u64::try_from(below).ok() == Some(ordinal(&lowest.name))).then_some(lowest)
}

/// Nothing is left to replace: waits until all are ready and the mirror is whole, and sees to it that each fail-over
/// member was primary where that is asked.
fn settled(scene: &Scene, terms: Terms, been: &BTreeSet<String>) -> Decision {
    match whole(scene, terms.blind) {
        Ok(Some(primary)) if terms.both_primary && !terms.up_to_primary => {
            let takes_over = scene.members.iter().filter(|member| !member.is_async());
            let missing = takes_over.filter(|member| member.uid != primary.uid && !been.contains(&member.name)).count();
            if missing > 0 { Decision::delete(primary) } else { Decision::Done }
        }
        Ok(_) => Decision::Done,
        Err(reason) => Decision::Wait(reason),
    }
}

/// Whether every pod is ready, one member is primary and the backups are caught up; gives the primary, where roles are
/// known.
pub(super) fn whole(scene: &Scene, blind: bool) -> Result<Option<&Member>, String> {
    if scene.members.len() < scene.replicas {
        return Err(format!("{} of {} pods made", scene.members.len(), scene.replicas));
    }
    scene.members.iter().try_for_each(|member| member.ready.clone())?;
    if blind {
        return Ok(None);
    }
    let primary = primary(scene)?;
    backups_caught_up(scene)?;
    Ok(Some(primary))
}

/// The outdated member that is next by role; `None` when none is left that may go.
fn by_role(scene: &Scene, terms: Terms) -> Result<Option<&Member>, String> {
    if scene.members.iter().all(|member| !member.outdated) {
        return Ok(None);
    }
    let primary = primary(scene)?;
    let others = scene.members.iter().filter(|member| member.outdated && member.uid != primary.uid);
    // Whoever is ill first: as long as it is, nobody else may go.
    let turn = |member: &&Member| (member.ready.is_err(), member.is_async(), ordinal(&member.name));
    let Some(next) = others.max_by_key(turn) else {
        if terms.up_to_primary {
            return Ok(None);
        }
        others_ready(scene, primary)?;
        backups_caught_up(scene)?;
        if !scene.members.iter().any(|member| member.uid != primary.uid && member.caught_up().is_ok()) {
            return Err(format!("there is no backup that could take over from {}", primary.name));
        }
        return Ok(Some(primary));
    };
    if next.ready.is_err() {
        // It takes nothing away: what counts is that the primary serves.
        primary.ready.clone()?;
        return Ok(Some(next));
    }
    // A roll does not begin while the backup catches up. One that is under way goes on: the new primary has everything.
    if primary.outdated && next.is_behind() {
        next.caught_up()?;
    }
    others_ready(scene, next)?;
    Ok(Some(next))
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
    others.filter(|member| !member.is_async()).try_for_each(Member::caught_up)
}

/// The next member where nobody knows the roles.
fn highest_outdated(scene: &Scene) -> Result<Option<&Member>, String> {
    let outdated = scene.members.iter().filter(|member| member.outdated);
    let turn = |member: &&Member| (member.ready.is_err(), ordinal(&member.name));
    let Some(next) = outdated.max_by_key(turn) else { return Ok(None) };
    others_ready(scene, next)?;
    Ok(Some(next))
}

fn others_ready(scene: &Scene, chosen: &Member) -> Result<(), String> {
    let mut others = scene.members.iter().filter(|member| member.uid != chosen.uid);
    others.try_for_each(|member| member.ready.clone())
}

#[cfg(test)]
mod tests;
