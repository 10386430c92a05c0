//! What the members of one mirror set do among themselves. Neither a clock nor requests here.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Ordinals from here on are DR asyncs.
const FAILOVER_MEMBERS: u32 = 2;

/// Something that happened to a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) pod: String,
    pub(crate) what: EventKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EventKind {
    /// Its instance runs: the pod is ready.
    Runs,
    /// Its instance runs no longer: the pod is not ready, was deleted, or vanished.
    Stops,
    /// Somebody asked for its deletion.
    Deleted,
    Becomes(Role),
    /// The state of its journal transfer: `Catching up`, `Active`, or what a test sets.
    Journal(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Backup,
    Async,
    Primary,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) pod: String,
    pub(super) uid: String,
    pub(super) role: Option<Role>,
    pub(super) journal: String,
    /// When a backup will have caught up; `None` if a test decides.
    caught_up: Option<Instant>,
}

/// The running members of a mirror set by ordinal.
#[derive(Debug, Default)]
pub(super) struct Mirror {
    pub(super) members: BTreeMap<u32, Member>,
    /// Who was primary last, running or not.
    last_primary: Option<u32>,
    pub(super) events: Vec<Event>,
}

impl Mirror {
    pub(super) fn start(&mut self, ordinal: u32, pod: &str, uid: &str) {
        if self.members.get(&ordinal).is_some_and(|member| member.uid == uid) {
            return;
        }
        self.stop(ordinal);
        let member =
            Member { pod: pod.to_owned(), uid: uid.to_owned(), role: None, journal: String::new(), caught_up: None };
        self.members.insert(ordinal, member);
        self.tell(ordinal, EventKind::Runs);
    }

    pub(super) fn stop(&mut self, ordinal: u32) {
        if self.members.contains_key(&ordinal) {
            self.tell(ordinal, EventKind::Stops);
            self.members.remove(&ordinal);
        }
    }

    /// Lets the members do what they do by themselves: one becomes primary, the others follow it and catch up.
    /// `catch_up` is the time a backup needs, `None` stands still.
    pub(super) fn settle(&mut self, now: Instant, catch_up: Option<Duration>) {
        if self.primary().is_none() {
            let Some(next) = self.next_primary() else { return };
            self.last_primary = Some(next);
            self.assume(next, Role::Primary, "N/A");
        }
        for ordinal in self.members.keys().copied().collect::<Vec<_>>() {
            let member = &self.members[&ordinal];
            match member.role {
                None if ordinal < FAILOVER_MEMBERS => self.follow(ordinal, now, catch_up),
                None => self.assume(ordinal, Role::Async, "Caught up"),
                Some(Role::Backup) if catch_up.is_some() && member.caught_up.is_some_and(|at| at <= now) => {
                    self.transfer(ordinal, "Active");
                }
                Some(_) => {}
            }
        }
    }

    /// The backup takes over on a wish; the former primary goes on as backup.
    pub(super) fn fail_over(&mut self, now: Instant, catch_up: Option<Duration>) {
        let (Some(primary), Some(backup)) = (self.primary(), self.active_backup()) else {
            panic!("no fail-over without a primary and an active backup: {self:?}");
        };
        self.follow(primary, now, catch_up);
        self.last_primary = Some(backup);
        self.assume(backup, Role::Primary, "N/A");
    }

    /// Whether a backup could take over from a primary now.
    pub(super) fn is_whole(&self) -> bool {
        self.primary().is_some() && self.active_backup().is_some()
    }

    /// Sets the journal transfer of a member until its pod is replaced.
    pub(super) fn transfer(&mut self, ordinal: u32, state: &str) {
        let member = self.members.get_mut(&ordinal).expect("a running member");
        member.caught_up = None;
        state.clone_into(&mut member.journal);
        self.tell(ordinal, EventKind::Journal(state.to_owned()));
    }

    pub(super) fn primary(&self) -> Option<u32> {
        self.members.iter().find(|(_, member)| member.role == Some(Role::Primary)).map(|(&ordinal, _)| ordinal)
    }

    fn active_backup(&self) -> Option<u32> {
        let active = |member: &Member| member.role == Some(Role::Backup) && member.journal == "Active";
        self.members.iter().find(|(_, member)| active(member)).map(|(&ordinal, _)| ordinal)
    }

    /// Who may be primary now: a backup that has everything, else whoever was it last, in a new set the first that runs.
    /// A backup that is still catching up must not take over; the set has no primary then until the last one is back.
    fn next_primary(&self) -> Option<u32> {
        if let Some(backup) = self.active_backup() {
            return Some(backup);
        }
        let first = self.members.keys().copied().find(|&ordinal| ordinal < FAILOVER_MEMBERS);
        self.last_primary.or(first).filter(|ordinal| self.members.contains_key(ordinal))
    }

    fn follow(&mut self, ordinal: u32, now: Instant, catch_up: Option<Duration>) {
        self.assume(ordinal, Role::Backup, "Catching up");
        self.members.get_mut(&ordinal).expect("a running member").caught_up = Some(now + catch_up.unwrap_or_default());
    }

    fn assume(&mut self, ordinal: u32, role: Role, journal: &str) {
        let member = self.members.get_mut(&ordinal).expect("a running member");
        member.role = Some(role);
        member.caught_up = None;
        journal.clone_into(&mut member.journal);
        self.tell(ordinal, EventKind::Becomes(role));
        if role == Role::Backup {
            self.tell(ordinal, EventKind::Journal(journal.to_owned()));
        }
    }

    fn tell(&mut self, ordinal: u32, what: EventKind) {
        let pod = self.members[&ordinal].pod.clone();
        self.events.push(Event { pod, what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_ONCE: Option<Duration> = Some(Duration::ZERO);

    fn pair() -> Mirror {
        let mut mirror = Mirror::default();
        mirror.start(0, "d-0", "a");
        mirror.start(1, "d-1", "b");
        mirror.settle(Instant::now(), AT_ONCE);
        mirror.settle(Instant::now(), AT_ONCE);
        mirror
    }

    fn roles(mirror: &Mirror) -> Vec<(u32, Option<Role>, &str)> {
        mirror.members.iter().map(|(&ordinal, member)| (ordinal, member.role, member.journal.as_str())).collect()
    }

    #[test]
    fn the_first_is_primary_and_the_second_catches_up() {
        assert_eq!(roles(&pair()), [(0, Some(Role::Primary), "N/A"), (1, Some(Role::Backup), "Active")]);
    }

    #[test]
    fn an_active_backup_takes_over_and_the_old_primary_follows() {
        let mut mirror = pair();
        mirror.stop(0);
        mirror.settle(Instant::now(), None);
        mirror.start(0, "d-0", "c");
        mirror.settle(Instant::now(), None);
        assert_eq!(roles(&mirror), [(0, Some(Role::Backup), "Catching up"), (1, Some(Role::Primary), "N/A")]);
    }

    #[test]
    fn a_backup_that_is_behind_leaves_the_set_without_primary() {
        let mut mirror = pair();
        mirror.transfer(1, "Catching up");
        mirror.stop(0);
        mirror.settle(Instant::now(), AT_ONCE);
        assert_eq!(mirror.primary(), None);
        mirror.start(0, "d-0", "c");
        mirror.settle(Instant::now(), AT_ONCE);
        assert_eq!(mirror.primary(), Some(0));
    }

    #[test]
    fn a_pair_that_stopped_together_waits_for_its_last_primary() {
        let mut mirror = pair();
        mirror.fail_over(Instant::now(), AT_ONCE);
        mirror.stop(0);
        mirror.stop(1);
        mirror.start(0, "d-0", "c");
        mirror.settle(Instant::now(), AT_ONCE);
        assert_eq!(roles(&mirror), [(0, None, "")]);
        mirror.start(1, "d-1", "d");
        mirror.settle(Instant::now(), AT_ONCE);
        assert_eq!(mirror.primary(), Some(1));
    }
}
