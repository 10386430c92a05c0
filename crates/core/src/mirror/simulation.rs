//! A mirror that is played, so that the rules can be run to their end before anything is done.
//!
//! A pod that is deleted comes back new and ready; a primary that goes is followed by its backup. Where the rules wait, what they
//! wait for comes true and nothing else changes.

use iriskit_state::plan::Role;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::mirror::{
    member::MemberState, obstacle::Obstacle, order::roll_order, roll::new_primaries, state::MirrorState,
    status::MirrorStatus,
};

/// A mirror has no more members than these (InterSystems, High Availability Guide).
const MOST_MEMBERS: usize = 16;

/// What is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Played {
    /// A mirror whose members restart by role, or from the highest ordinal down.
    Roll {
        /// Whether their status can't be known: then a label is the best guess.
        blind: bool,
    },
    /// A mirror whose members are replaced from the lowest ordinal up.
    Replacement {
        /// The same.
        blind: bool,
    },
    /// Pods without roles that are replaced from the lowest ordinal up.
    Unmirrored,
}

/// A mirror as it would go on.
#[derive(Debug, Clone)]
pub(super) struct SimulatedMirror {
    played: Played,
    state: MirrorState,
    /// Who has been primary on the newest revision.
    was_primary: BTreeSet<String>,
    /// The roles of those that were there at first and have not restarted, as far as they are known and not supposed.
    known_roles: BTreeMap<String, Option<Role>>,
}

impl SimulatedMirror {
    pub(super) fn new(state: &MirrorState, was_primary: &BTreeSet<String>, played: Played) -> Self {
        let mut simulated =
            Self { played, state: state.clone(), was_primary: was_primary.clone(), known_roles: BTreeMap::new() };
        let is_blind = matches!(played, Played::Roll { blind: true } | Played::Replacement { blind: true });
        for member in &mut simulated.state.members {
            // Who is made anew has another uid; of a name there is only one.
            member.uid.clone_from(&member.name);
            simulated.known_roles.insert(member.name.clone(), member.likely_role());
            if is_blind && !member.stopped {
                member.role = member.likely_role();
            }
        }
        simulated.one_known_primary();
        if is_blind && simulated.primary().is_none() {
            simulated.suppose_primary(|member| !member.stopped);
        }
        simulated.note_primary();
        simulated
    }

    /// Of several that are called primary at most one is: the first that is taken for it.
    fn one_known_primary(&mut self) {
        let mut claims = self.state.members.iter().filter(|member| member.likely_role() == Some(Role::Primary));
        let believed = claims.clone().find(|member| member.role == Some(Role::Primary));
        let Some(primary) = believed.or_else(|| claims.next()).map(|member| member.name.clone()) else { return };
        for (name, role) in &mut self.known_roles {
            if *role == Some(Role::Primary) && *name != primary {
                *role = None;
            }
        }
    }

    pub(super) fn state(&self) -> &MirrorState {
        &self.state
    }

    pub(super) fn was_primary(&self) -> &BTreeSet<String> {
        &self.was_primary
    }

    /// The role of a member as it is now; of one that has restarted as it is then.
    pub(super) fn known_role(&self, name: &str) -> Option<Role> {
        self.known_roles.get(name).copied().unwrap_or_else(|| self.role(name))
    }

    /// Whether it is the primary, or is taken for it.
    pub(super) fn is_primary(&self, name: &str) -> bool {
        self.played != Played::Unmirrored && self.role(name) == Some(Role::Primary)
    }

    /// Restarts a member. Gives the one that takes over from it.
    pub(super) fn restart(&mut self, name: &str) -> Option<String> {
        let successor = self.is_primary(name).then(|| self.fail_over(name)).flatten();
        self.known_roles.remove(name);
        let returned = self.returned(name);
        if let Some(member) = self.member(name) {
            let told = returned.unwrap_or_else(|| member.clone());
            *member = MemberState {
                outdated: false,
                lacks_claim: false,
                ready: Ok(()),
                stopped: false,
                terminating: false,
                ..told
            };
        }
        self.note_primary();
        successor
    }

    /// Lets come true what the rules wait for. `false` where it does not come by itself.
    pub(super) fn pass(&mut self, obstacle: &Obstacle) -> bool {
        let passes = match obstacle {
            Obstacle::Unobserved => {
                self.state.observed = true;
                true
            }
            Obstacle::Terminating(name) => self.serve(name, |member| member.terminating = false),
            Obstacle::NotReady { name, .. } => self.serve(name, |member| member.stopped = false),
            Obstacle::Missing { .. } | Obstacle::LastMemberLacksClaim(_) => self.make_missing(),
            Obstacle::Behind { name, .. } => self.follow(name),
            Obstacle::StatusUnknown { name, .. } if self.primary().is_some() => self.follow(name),
            Obstacle::StatusUnknown { .. } | Obstacle::NoPrimary => self.suppose_primary(|_| true),
            Obstacle::TwoPrimaries(_, other) => self.follow(other),
            Obstacle::NoBackup(_) => false,
        };
        self.note_primary();
        passes
    }

    /// The members that are still outdated or lack a claim.
    pub(super) fn left_outdated(&self) -> Vec<String> {
        let left = self.state.members.iter().filter(|member| member.needs_restart());
        left.map(|member| member.name.clone()).collect()
    }

    fn member(&mut self, name: &str) -> Option<&mut MemberState> {
        self.state.members.iter_mut().find(|member| member.name == name)
    }

    fn role(&self, name: &str) -> Option<Role> {
        self.state.members.iter().find(|member| member.name == name)?.role
    }

    fn primary(&self) -> Option<&MemberState> {
        self.state.members.iter().find(|member| member.role == Some(Role::Primary))
    }

    fn note_primary(&mut self) {
        self.was_primary.extend(new_primaries(&self.state).map(str::to_owned));
    }

    fn serve(&mut self, name: &str, change: impl Fn(&mut MemberState)) -> bool {
        let Some(member) = self.member(name) else { return false };
        member.ready = Ok(());
        change(member);
        true
    }

    /// Gives the role of primary to the successor of this member.
    fn fail_over(&mut self, name: &str) -> Option<String> {
        let successor = self.state.successor(name, &self.was_primary, |_| false)?.name.clone();
        let member = self.member(&successor)?;
        *member = told(member, Some(Role::Primary));
        Some(successor)
    }

    /// What a member says when it is back: nothing else than before where there are no roles.
    fn returned(&self, name: &str) -> Option<MemberState> {
        let member = self.state.members.iter().find(|member| member.name == name)?;
        (self.played != Played::Unmirrored).then(|| told(member, self.role_of_newcomer(member)))
    }

    /// The role of a member that starts. The first one that could be primary is it, where no other member can be.
    fn role_of_newcomer(&self, newcomer: &MemberState) -> Option<Role> {
        if !self.state.may_take_over(newcomer) {
            return None;
        }
        let others = || self.state.members.iter().filter(|member| member.name != newcomer.name);
        let serves = |member: &MemberState| !member.stopped && member.ready.is_ok() && self.state.may_take_over(member);
        let has_primary = others().any(|member| member.role == Some(Role::Primary));
        Some(if has_primary || others().any(serves) { Role::Backup } else { Role::Primary })
    }

    /// A member turns out to follow the primary.
    fn follow(&mut self, name: &str) -> bool {
        let Some(member) = self.state.members.iter().find(|member| member.name == name) else { return false };
        let follows = self.role_of_newcomer(member).map(|_| Role::Backup);
        let followed = told(member, follows);
        if let Some(member) = self.member(name) {
            *member = followed;
        }
        true
    }

    /// Where no member reports that it is primary, the last one to restart counts as primary: nothing is promised.
    fn suppose_primary(&mut self, may_be: impl Fn(&MemberState) -> bool) -> bool {
        let replaced = matches!(self.played, Played::Replacement { .. });
        let candidates = self.state.members.iter().filter(|member| self.state.may_take_over(member) && may_be(member));
        let chosen = candidates.max_by_key(|member| {
            let up = if replaced { member.ordinal() } else { 0 };
            let turn = roll_order(member.ready.is_err(), false, member.ordinal());
            (!member.stopped, member.role != Some(Role::Backup), member.needs_restart(), up, turn)
        });
        let Some(name) = chosen.map(|member| member.name.clone()) else { return false };
        if let Some(member) = self.member(&name) {
            *member = told(member, Some(Role::Primary));
            if member.stopped {
                (member.stopped, member.ready) = (false, Ok(()));
            }
        }
        true
    }

    /// The missing pods are made, as their set wants them.
    fn make_missing(&mut self) -> bool {
        let Some((set, _)) = self.state.members.first().and_then(|member| member.name.rsplit_once('-')) else {
            return false;
        };
        if self.state.replicas > MOST_MEMBERS {
            return false;
        }
        let (set, before) = (set.to_owned(), self.state.members.len());
        while self.state.members.len() < self.state.replicas {
            let name = format!("{set}-{}", self.state.lowest_absent());
            let silent = MemberState {
                uid: name.clone(),
                resource_version: String::new(),
                outdated: false,
                lacks_claim: false,
                ready: Ok(()),
                status: Err(format!("{name} does not say its mirror status")),
                role: None,
                labelled_role: None,
                has_labeler: false,
                stopped: false,
                terminating: false,
                name,
            };
            let role = self.role_of_newcomer(&silent);
            self.state.members.push(told(&silent, role));
        }
        self.state.members.len() > before
    }
}

/// The member as it says that it has this role; without one it follows as an async.
fn told(member: &MemberState, role: Option<Role>) -> MemberState {
    let (member_type, status, journal) = match role {
        Some(Role::Primary) => ("Failover", "Primary", "N/A"),
        Some(Role::Backup) => ("Failover", "Backup", "Active"),
        None => ("Disaster Recovery", "Connected", "Caught up"),
    };
    let said = MirrorStatus {
        member_type: member_type.to_owned(),
        status: status.to_owned(),
        journal: journal.to_owned(),
        at: Timestamp::UNIX_EPOCH,
    };
    MemberState { role, labelled_role: role, status: Ok(said), ..member.clone() }
}
