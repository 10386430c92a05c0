//! What is seen of a mirror as a whole, and what holds of it whoever is to restart.

use serde_json::Value;

use crate::mirror::Role;
use crate::plan::mirror::obstacle::Obstacle;
use crate::plan::mirror::sight::Sight;

/// What is seen of a mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// Whether the controller has seen the set's newest template.
    pub observed: bool,
    /// How many pods there should be.
    pub replicas: usize,
    /// The pods.
    pub members: Vec<Sight>,
}

impl Scene {
    /// A set as its controller has seen it.
    pub fn of(set: &Value, members: Vec<Sight>) -> Self {
        let replicas = set.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
        Self { observed: true, replicas: usize::try_from(replicas).unwrap_or(usize::MAX), members }
    }

    /// Whether the controller has made a revision of the newest template.
    pub(crate) fn is_observed(&self) -> Result<(), Obstacle> {
        if self.observed { Ok(()) } else { Err(Obstacle::Unobserved) }
    }

    /// Whether no pod is on its way out.
    pub(crate) fn none_going(&self) -> Result<(), Obstacle> {
        let going = self.members.iter().find(|member| member.going);
        going.map_or(Ok(()), |going| Err(Obstacle::Going(going.name.clone())))
    }

    /// Whether there are as many pods as there should be.
    pub(crate) fn all_there(&self) -> Result<(), Obstacle> {
        if self.members.len() < self.replicas { Err(self.missing()) } else { Ok(()) }
    }

    /// Whether there is a pod of every ordinal below this one.
    pub(crate) fn all_below(&self, end: u64) -> Result<(), Obstacle> {
        if self.lowest_absent() < end { Err(self.missing()) } else { Ok(()) }
    }

    /// That pods are missing.
    pub(crate) fn missing(&self) -> Obstacle {
        Obstacle::Missing { there: self.members.len(), wanted: self.replicas, lowest: self.lowest_absent() }
    }

    fn lowest_absent(&self) -> u64 {
        let there = |ordinal: u64| self.members.iter().any(|member| member.ordinal() == ordinal);
        // Of so many and one ordinals one is not there.
        let count = u64::try_from(self.members.len()).unwrap_or(u64::MAX);
        (0..=count).find(|ordinal| !there(*ordinal)).unwrap_or(count)
    }

    /// Whether all but this member serve.
    pub(crate) fn others_ready(&self, chosen: &Sight) -> Result<(), Obstacle> {
        self.members.iter().filter(|member| member.uid != chosen.uid).try_for_each(Sight::is_ready)
    }

    /// The one member that is primary.
    pub(crate) fn primary(&self) -> Result<&Sight, Obstacle> {
        let mut primaries = self.members.iter().filter(|member| member.role == Some(Role::Primary));
        match (primaries.next(), primaries.next()) {
            (Some(primary), None) => Ok(primary),
            (Some(one), Some(other)) => Err(Obstacle::TwoPrimaries(one.name.clone(), other.name.clone())),
            (None, _) => {
                let unknown = self.members.iter().find_map(|member| member.status.as_ref().err());
                Err(unknown.cloned().map_or(Obstacle::NoPrimary, Obstacle::Untold))
            }
        }
    }

    /// Whether every fail-over member but the primary could take over. A member whose type is unknown counts as one.
    pub(crate) fn backups_caught_up(&self) -> Result<(), Obstacle> {
        self.backups().try_for_each(Sight::caught_up)
    }

    /// Whether the primary may go: somebody takes over from it, without loss.
    pub(crate) fn can_do_without_primary(&self, primary: &Sight) -> Result<(), Obstacle> {
        self.backups_caught_up()?;
        if self.backups().next().is_some() { Ok(()) } else { Err(Obstacle::NoBackup(primary.name.clone())) }
    }

    fn backups(&self) -> impl Iterator<Item = &Sight> {
        self.members.iter().filter(|member| member.role != Some(Role::Primary) && !member.is_async())
    }

    /// Whether those that are there serve, one is primary and the backups are caught up; gives the primary, where roles
    /// are known.
    pub(crate) fn sound(&self, blind: bool) -> Result<Option<&Sight>, Obstacle> {
        self.members.iter().try_for_each(Sight::is_ready)?;
        if blind {
            return Ok(None);
        }
        let primary = self.primary()?;
        self.backups_caught_up()?;
        Ok(Some(primary))
    }
}

/// Whether every pod is there and ready, one member is primary and the backups are caught up; gives the primary, where
/// roles are known.
///
/// # Errors
/// What the mirror is lacking.
pub fn whole(scene: &Scene, blind: bool) -> Result<Option<&Sight>, Obstacle> {
    scene.all_there()?;
    scene.sound(blind)
}
