//! What a roll by role does next. Pure: the whole state goes in, one decision comes out.

use iriskit_state::plan::{Role, RuleId};
use std::collections::BTreeSet;

use crate::mirror::{member::MemberState, obstacle::Obstacle, order::roll_order, state::MirrorState};

/// What is asked of a roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RollTerms {
    /// Whether the members' status can't be known.
    pub blind: bool,
    /// Whether each fail-over member has to be primary once on the new revision.
    pub both_primary: bool,
    /// Whether the primary stays on the old revision.
    pub up_to_primary: bool,
}

/// The rule that gives a member its turn (docs/rules.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RestartRule {
    /// IRIS does not run in it.
    RepairFirst,
    /// It never takes over.
    AsyncsFirst,
    /// It is not primary.
    BackupFirst,
    /// It is primary, and all others are new.
    PrimaryLast,
    /// It is new and primary, and hands the role over once more.
    BothPrimary,
    /// The roles are unknown.
    BlindOrder,
    /// It lacks a claim.
    ClaimsAdded,
}

impl RestartRule {
    /// Its id.
    pub fn id(self) -> RuleId {
        match self {
            Self::RepairFirst => RuleId::RepairFirst,
            Self::AsyncsFirst => RuleId::AsyncsFirst,
            Self::BackupFirst => RuleId::BackupFirst,
            Self::PrimaryLast => RuleId::PrimaryLast,
            Self::BothPrimary => RuleId::BothPrimary,
            Self::BlindOrder => RuleId::BlindOrder,
            Self::ClaimsAdded => RuleId::ClaimsAdded,
        }
    }
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
        /// Why it is its turn.
        rule: RestartRule,
    },
}

/// The member whose turn it is, and by which rule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Next<'a> {
    pub(super) member: &'a MemberState,
    pub(super) rule: RestartRule,
}

impl<'a> Next<'a> {
    pub(super) fn new(member: &'a MemberState, rule: RestartRule) -> Self {
        Self { member, rule }
    }

    pub(super) fn delete(self) -> Decision {
        let Self { member, rule } = self;
        Decision::Delete { name: member.name.clone(), uid: member.uid.clone(), role: member.role, rule }
    }
}

/// Names of the members that are primary on the newest revision now: none as long as the controller has not made it.
pub fn new_primaries(state: &MirrorState) -> impl Iterator<Item = &str> {
    let primary = |member: &&MemberState| state.observed && !member.outdated && member.role == Some(Role::Primary);
    state.members.iter().filter(primary).map(|member| member.name.as_str())
}

/// Decides. `was_primary` are the members that were primary on the newest revision.
///
/// While IRIS runs in it, no pod is deleted as long as another one is missing or not ready; the primary is deleted last,
/// and only when a new backup could take over without loss. A pod that is not ready and outdated blocks no other: its
/// deletion takes nothing from a mirror whose primary lives, and none from one that is down.
pub fn decide(state: &MirrorState, terms: RollTerms, was_primary: &BTreeSet<String>) -> Decision {
    match next_member(state, terms, was_primary) {
        Ok(Some(next)) => next.delete(),
        Ok(None) => state.is_whole(terms.blind).map_or_else(Decision::Wait, |_| Decision::Done),
        Err(obstacle) => Decision::Wait(obstacle),
    }
}

/// The member that restarts next; `None` when none is left that should.
pub(super) fn next_member<'a>(
    state: &'a MirrorState,
    terms: RollTerms,
    was_primary: &BTreeSet<String>,
) -> Result<Option<Next<'a>>, Obstacle> {
    state.is_observed()?;
    state.none_terminating()?;
    if let Some(stopped) = to_repair(state) {
        return Ok(Some(Next::new(stopped, RestartRule::RepairFirst)));
    }
    state.all_there()?;
    let outdated = if terms.blind { blindly(state, terms)? } else { by_role(state, terms)? };
    if outdated.is_some() { Ok(outdated) } else { last_fail_over(state, terms, was_primary) }
}

/// An outdated member in which IRIS does not run. The lowest first, since a pod that is not ready keeps those above it
/// from being made, whatever they are.
fn to_repair(state: &MirrorState) -> Option<&MemberState> {
    let stopped = state.members.iter().filter(|member| member.outdated && member.stopped && member.role.is_none());
    // A lower one that is missing comes first: without it this one would not come back.
    stopped.min_by_key(|member| member.ordinal()).filter(|lowest| state.all_below(lowest.ordinal()).is_ok())
}

/// The outdated member that is next by role; `None` when none is left that may go.
fn by_role(state: &MirrorState, terms: RollTerms) -> Result<Option<Next<'_>>, Obstacle> {
    if state.members.iter().all(|member| !member.outdated) {
        return Ok(None);
    }
    let primary = state.primary()?;
    let others = state.members.iter().filter(|member| member.outdated && member.uid != primary.uid);
    let Some(next) = others.min_by_key(|member| roll_order(member.ready.is_err(), member.is_async(), member.ordinal()))
    else {
        if terms.up_to_primary {
            return Ok(None);
        }
        state.others_ready(primary)?;
        state.can_do_without_primary(primary)?;
        return Ok(Some(Next::new(primary, RestartRule::PrimaryLast)));
    };
    let rule = if next.is_async() { RestartRule::AsyncsFirst } else { RestartRule::BackupFirst };
    if next.ready.is_err() {
        // It takes nothing away: what counts is that the primary serves.
        primary.is_ready()?;
        return Ok(Some(Next::new(next, rule)));
    }
    // A roll does not begin while the backup catches up. One that is under way goes on: the new primary has everything.
    if primary.outdated && next.is_behind() {
        next.caught_up()?;
    }
    state.others_ready(next)?;
    Ok(Some(Next::new(next, rule)))
}

/// The next member where nobody says the status: the highest ordinal, and last of all the one that is labelled primary. Who
/// has restarted and reports by then has to be able to take over from that one.
fn blindly(state: &MirrorState, terms: RollTerms) -> Result<Option<Next<'_>>, Obstacle> {
    let is_primary = |member: &MemberState| member.likely_role() == Some(Role::Primary);
    let outdated = state.members.iter().filter(|member| member.outdated);
    let turn = |member: &MemberState| roll_order(member.ready.is_err(), false, member.ordinal());
    let Some(next) = outdated.min_by_key(|member| (is_primary(member), turn(member))) else { return Ok(None) };
    if terms.up_to_primary && is_primary(next) {
        return Ok(None);
    }
    state.others_ready(next)?;
    if terms.up_to_primary && !state.members.iter().any(is_primary) {
        return Err(Obstacle::NoPrimary);
    }
    if is_primary(next) {
        let mut others = state.members.iter().filter(|member| member.uid != next.uid && !member.is_async());
        others.try_for_each(|member| {
            if member.status.is_ok() || member.has_labeler && !member.outdated { member.caught_up() } else { Ok(()) }
        })?;
    }
    Ok(Some(Next::new(next, RestartRule::BlindOrder)))
}

/// The primary, where all members are new, a fail-over member has not been primary yet, and that is asked.
fn last_fail_over<'a>(
    state: &'a MirrorState,
    terms: RollTerms,
    was_primary: &BTreeSet<String>,
) -> Result<Option<Next<'a>>, Obstacle> {
    if !terms.both_primary || terms.up_to_primary {
        return Ok(None);
    }
    let Some(primary) = state.is_whole(terms.blind)? else { return Ok(None) };
    let mut takes_over = state.members.iter().filter(|member| !member.is_async() && member.uid != primary.uid);
    Ok(takes_over
        .any(|member| !was_primary.contains(&member.name))
        .then_some(Next::new(primary, RestartRule::BothPrimary)))
}

#[cfg(test)]
mod tests;
