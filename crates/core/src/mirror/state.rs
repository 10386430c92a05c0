//! A mirror as the rules see it, and what holds of it whichever member is to restart.

use iriskit_state::plan::Role;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::mirror::{member::MemberState, obstacle::Obstacle};
use iriskit_kubernetes::views::StatefulSet;

/// So many members of a mirror take over from one another: primary and backup.
const FAILOVER_MEMBERS: usize = 2;

/// What is seen of a mirror, or of another set of pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorState {
    /// Whether the controller has seen the set's newest template.
    pub observed: bool,
    /// The ordinal of the first pod.
    pub first: u64,
    /// How many pods there should be.
    pub replicas: usize,
    /// The pods.
    pub members: Vec<MemberState>,
}

impl MirrorState {
    /// A set as its controller has seen it.
    pub fn of(set: &Value, members: Vec<MemberState>) -> Self {
        let set = StatefulSet::new(set);
        let replicas = usize::try_from(set.replicas()).unwrap_or(usize::MAX);
        Self { observed: true, first: set.first_ordinal(), replicas, members }
    }

    /// Whether the controller has made a revision of the newest template.
    pub(super) fn is_observed(&self) -> Result<(), Obstacle> {
        if self.observed { Ok(()) } else { Err(Obstacle::Unobserved) }
    }

    /// Whether no pod is on its way out.
    pub(super) fn none_terminating(&self) -> Result<(), Obstacle> {
        let found = self.members.iter().find(|member| member.terminating);
        found.map_or(Ok(()), |member| Err(Obstacle::Terminating(member.name.clone())))
    }

    /// Whether there are as many pods as there should be.
    pub(super) fn all_there(&self) -> Result<(), Obstacle> {
        if self.members.len() < self.replicas { Err(self.missing()) } else { Ok(()) }
    }

    /// Whether there is a pod of every ordinal below this one that the set has.
    pub(super) fn all_below(&self, end: u64) -> Result<(), Obstacle> {
        if self.lowest_absent() < end { Err(self.missing()) } else { Ok(()) }
    }

    /// Whether there is a pod of every ordinal that the set has.
    pub(super) fn none_absent(&self) -> Result<(), Obstacle> {
        self.all_below(self.first.saturating_add(u64::try_from(self.replicas).unwrap_or(u64::MAX)))
    }

    /// That pods are missing.
    pub(super) fn missing(&self) -> Obstacle {
        Obstacle::Missing { there: self.members.len(), wanted: self.replicas, lowest: self.lowest_absent() }
    }

    pub(super) fn lowest_absent(&self) -> u64 {
        let there = |ordinal: u64| self.members.iter().any(|member| member.ordinal() == ordinal);
        // Of so many and one ordinals one is not there.
        let end = self.first.saturating_add(u64::try_from(self.members.len()).unwrap_or(u64::MAX));
        (self.first..=end).find(|ordinal| !there(*ordinal)).unwrap_or(end)
    }

    /// Whether all but this member serve.
    pub(super) fn others_ready(&self, chosen: &MemberState) -> Result<(), Obstacle> {
        self.members.iter().filter(|member| member.uid != chosen.uid).try_for_each(MemberState::is_ready)
    }

    /// The one member that is primary.
    pub(super) fn primary(&self) -> Result<&MemberState, Obstacle> {
        let mut primaries = self.members.iter().filter(|member| member.role == Some(Role::Primary));
        match (primaries.next(), primaries.next()) {
            (Some(primary), None) => Ok(primary),
            (Some(one), Some(other)) => Err(Obstacle::TwoPrimaries(one.name.clone(), other.name.clone())),
            (None, _) => {
                let unknown = self.members.iter().find_map(|member| Some((member, member.status.as_ref().err()?)));
                Err(unknown.map_or(Obstacle::NoPrimary, |(member, why)| Obstacle::StatusUnknown {
                    name: member.name.clone(),
                    why: why.clone(),
                }))
            }
        }
    }

    /// Whether every fail-over member but the primary could take over. A member whose type is unknown counts as one.
    pub(super) fn backups_caught_up(&self) -> Result<(), Obstacle> {
        self.backups().try_for_each(MemberState::caught_up)
    }

    /// Whether the primary may go: another member takes over from it, without loss.
    pub(super) fn can_do_without_primary(&self, primary: &MemberState) -> Result<(), Obstacle> {
        self.backups_caught_up()?;
        if self.backups().next().is_some() { Ok(()) } else { Err(Obstacle::NoBackup(primary.name.clone())) }
    }

    /// What keeps the members that are there from taking over from one another, whether they serve or not: statuses that do not
    /// count, backups that are not caught up, no primary or two.
    pub(crate) fn shortcomings(&self) -> Vec<Obstacle> {
        let mut found: Vec<Obstacle> = self.backups().filter_map(|member| member.caught_up().err()).collect();
        // Of a status that does not count it is said already.
        found.extend(self.primary().err().filter(|why| !matches!(why, Obstacle::StatusUnknown { .. })));
        found
    }

    fn backups(&self) -> impl Iterator<Item = &MemberState> {
        self.members.iter().filter(|member| member.role != Some(Role::Primary) && !member.is_async())
    }

    /// Whether those that are there serve, one is primary and the backups are caught up; gives the primary, where roles
    /// are known.
    pub(super) fn present_members_serve(&self, blind: bool) -> Result<Option<&MemberState>, Obstacle> {
        self.members.iter().try_for_each(MemberState::is_ready)?;
        if blind {
            return Ok(None);
        }
        let primary = self.primary()?;
        self.backups_caught_up()?;
        Ok(Some(primary))
    }

    /// Whether every pod is there and ready, one member is primary and the backups are caught up; gives the primary, where
    /// roles are known.
    ///
    /// # Errors
    /// What the mirror is lacking.
    pub fn is_whole(&self, blind: bool) -> Result<Option<&MemberState>, Obstacle> {
        self.all_there()?;
        self.present_members_serve(blind)
    }

    /// Whether a member takes part in fail-over. Of those whose type is unknown, or that are missing, the ones of the lowest
    /// ordinals do, as many as are not known yet.
    pub(super) fn may_take_over(&self, member: &MemberState) -> bool {
        if member.is_async() || member.is_failover() {
            return !member.is_async();
        }
        let others = || self.members.iter().filter(|other| other.name != member.name);
        let is_lower = |other: &&MemberState| other.ordinal() < member.ordinal();
        let known = others().filter(|other| other.is_failover()).count();
        let unknown = others().filter(is_lower).filter(|other| !other.is_async() && !other.is_failover()).count();
        let there = others().filter(is_lower).count();
        let place = member.ordinal().saturating_sub(self.first);
        let missing = usize::try_from(place).unwrap_or(usize::MAX).saturating_sub(there);
        known.saturating_add(unknown).saturating_add(missing) < FAILOVER_MEMBERS
    }

    /// Who becomes primary when the primary of this name goes: the backup; where none is known another one that serves and
    /// may take over. Of several one that `was_primary` already comes last. Those that `leave` for good don't count.
    pub(crate) fn successor(
        &self,
        primary: &str,
        was_primary: &BTreeSet<String>,
        leave: impl Fn(&str) -> bool,
    ) -> Option<&MemberState> {
        let serves = |member: &&MemberState| member.ready.is_ok() && !member.stopped && self.may_take_over(member);
        let others = self.members.iter().filter(|member| member.name != primary && !leave(&member.name));
        others.filter(serves).min_by_key(|member| {
            (member.likely_role() != Some(Role::Backup), was_primary.contains(&member.name), member.ordinal())
        })
    }
}
