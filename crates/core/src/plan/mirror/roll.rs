//! What a roll by role does next. Pure: the whole state goes in, one decision comes out.

use std::collections::BTreeSet;

use crate::mirror::Role;
use crate::plan::mirror::obstacle::Obstacle;
use crate::plan::mirror::scene::Scene;
use crate::plan::mirror::scene::whole;
use crate::plan::mirror::sight::Sight;
use crate::plan::mirror::turn;

/// What is asked of a roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terms {
    /// Whether the members' status can't be known.
    pub blind: bool,
    /// Whether each fail-over member has to be primary once on the new revision.
    pub both_primary: bool,
    /// Whether the primary stays on the old revision.
    pub up_to_primary: bool,
}

/// What is done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing: what was asked is done, every pod is ready, and where roles are known the mirror is whole.
    Done,
    /// Waits, and for what.
    Wait(Obstacle),
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
    pub(crate) fn delete(member: &Sight) -> Self {
        Self::Delete { name: member.name.clone(), uid: member.uid.clone(), role: member.role }
    }
}

/// Names of the members that are primary on the newest revision now: none as long as the controller has not made it.
pub fn new_primaries(scene: &Scene) -> impl Iterator<Item = &str> {
    let primary = |member: &&Sight| scene.observed && !member.outdated && member.role == Some(Role::Primary);
    scene.members.iter().filter(primary).map(|member| member.name.as_str())
}

/// Decides. `been` are members that were primary on the newest revision.
///
/// While IRIS runs in it, no pod is deleted as long as another one is missing or not ready; the primary is deleted last,
/// and only when a new backup could take over without loss. A pod that is ill and outdated stands in nobody's way: its
/// deletion takes nothing from a mirror whose primary lives, and none from one that is down.
pub fn decide(scene: &Scene, terms: Terms, been: &BTreeSet<String>) -> Decision {
    match next(scene, terms, been) {
        Ok(Some(member)) => Decision::delete(member),
        Ok(None) => whole(scene, terms.blind).map_or_else(Decision::Wait, |_| Decision::Done),
        Err(obstacle) => Decision::Wait(obstacle),
    }
}

/// The member that restarts next; `None` when none is left that should.
pub(crate) fn next<'a>(scene: &'a Scene, terms: Terms, been: &BTreeSet<String>) -> Result<Option<&'a Sight>, Obstacle> {
    scene.is_observed()?;
    scene.none_going()?;
    if let Some(stopped) = to_repair(scene) {
        return Ok(Some(stopped));
    }
    scene.all_there()?;
    let outdated = if terms.blind { highest_outdated(scene)? } else { by_role(scene, terms)? };
    if outdated.is_some() { Ok(outdated) } else { last_fail_over(scene, terms, been) }
}

/// An outdated member in which IRIS does not run. The lowest first, since a pod that is not ready keeps those above it
/// from being made, whatever they are.
fn to_repair(scene: &Scene) -> Option<&Sight> {
    let stopped = scene.members.iter().filter(|member| member.outdated && member.stopped && member.role.is_none());
    // A lower one that is missing comes first: without it this one would not come back.
    stopped.min_by_key(|member| member.ordinal()).filter(|lowest| scene.all_below(lowest.ordinal()).is_ok())
}

/// The outdated member that is next by role; `None` when none is left that may go.
fn by_role(scene: &Scene, terms: Terms) -> Result<Option<&Sight>, Obstacle> {
    if scene.members.iter().all(|member| !member.outdated) {
        return Ok(None);
    }
    let primary = scene.primary()?;
    let others = scene.members.iter().filter(|member| member.outdated && member.uid != primary.uid);
    let Some(next) = others.min_by_key(|member| turn(member.ready.is_err(), member.is_async(), member.ordinal()))
    else {
        if terms.up_to_primary {
            return Ok(None);
        }
        scene.others_ready(primary)?;
        scene.can_do_without_primary(primary)?;
        return Ok(Some(primary));
    };
    if next.ready.is_err() {
        // It takes nothing away: what counts is that the primary serves.
        primary.is_ready()?;
        return Ok(Some(next));
    }
    // A roll does not begin while the backup catches up. One that is under way goes on: the new primary has everything.
    if primary.outdated && next.is_behind() {
        next.caught_up()?;
    }
    scene.others_ready(next)?;
    Ok(Some(next))
}

/// The next member where nobody knows the roles.
fn highest_outdated(scene: &Scene) -> Result<Option<&Sight>, Obstacle> {
    let outdated = scene.members.iter().filter(|member| member.outdated);
    let next = outdated.min_by_key(|member| turn(member.ready.is_err(), false, member.ordinal()));
    if let Some(next) = next {
        scene.others_ready(next)?;
    }
    Ok(next)
}

/// The primary, where all members are new, a fail-over member has not been primary yet, and that is asked.
fn last_fail_over<'a>(scene: &'a Scene, terms: Terms, been: &BTreeSet<String>) -> Result<Option<&'a Sight>, Obstacle> {
    if !terms.both_primary || terms.up_to_primary {
        return Ok(None);
    }
    let Some(primary) = whole(scene, terms.blind)? else { return Ok(None) };
    let mut takes_over = scene.members.iter().filter(|member| !member.is_async() && member.uid != primary.uid);
    Ok(takes_over.any(|member| !been.contains(&member.name)).then_some(primary))
}

#[cfg(test)]
mod tests;
