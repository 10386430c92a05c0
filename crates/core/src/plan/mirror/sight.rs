//! One member of a mirror as it is seen.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    super::{
        live::label,
        members::{Member, ordinal},
    },
    at_last,
    obstacle::Obstacle,
};
use crate::mirror::{FRESH, MemberKind, MirrorStatus, Role};
use iriskit_kubernetes::names::MIRROR_ROLE;

/// How much of what a member says of itself is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belief {
    /// Its label, and what it said last, however long ago: a plan is made for later.
    LastWords,
    /// Only what is fresh at this time, which is the server's.
    Fresh(Timestamp),
}

/// One pod of the set.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each seen by itself")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its resourceVersion: another one as soon as its role or anything else of it changed.
    pub version: String,
    /// Whether it has another revision than its set wants, or will want.
    pub outdated: bool,
    /// Whether it lacks a claim that its set wants.
    pub lacks: bool,
    /// Whether it serves, and if not, why.
    pub ready: Result<(), String>,
    /// What it says of itself, as far as that is believed; else why it is not.
    pub status: Result<MirrorStatus, String>,
    /// The role that it has, as far as that is believed.
    pub role: Option<Role>,
    /// The role that its label says, believed or not.
    pub label: Option<Role>,
    /// Whether IRIS certainly does not run in it.
    pub stopped: bool,
    /// Whether its deletion has begun.
    pub going: bool,
}

impl Sight {
    /// Reads a pod. Whether it is outdated or lacks a claim only its set can tell.
    pub fn of(pod: &Value, belief: Belief) -> Self {
        let Member { name, uid, status, stopped, ready, .. } = Member::of(pod);
        let going = pod.pointer("/metadata/deletionTimestamp").is_some_and(|at| !at.is_null());
        let version = pod.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
        let label =
            [Role::Primary, Role::Backup].into_iter().find(|role| label(pod, MIRROR_ROLE) == Some(role.as_str()));
        let status = believed(&name, status, going, belief);
        let spoken = status.as_ref().ok().and_then(MirrorStatus::role);
        Self {
            version: version.to_owned(),
            outdated: false,
            lacks: false,
            ready: if ready && !going { Ok(()) } else { Err(format!("{name} is not ready")) },
            role: if belief == Belief::LastWords { label.or(spoken) } else { spoken },
            status,
            label,
            stopped,
            going,
            name,
            uid,
        }
    }

    /// The number at the end of its name.
    pub fn ordinal(&self) -> u64 {
        ordinal(&self.name)
    }

    /// The best guess at its role: where nothing is believed the label counts.
    pub fn likely_role(&self) -> Option<Role> {
        self.role.or(self.label)
    }

    /// Whether it follows the others without ever taking over. One whose type is unknown does not.
    pub fn is_async(&self) -> bool {
        self.status.as_ref().is_ok_and(|status| status.kind() == MemberKind::Async)
    }

    /// Whether it serves.
    ///
    /// # Errors
    /// It does not.
    pub(super) fn is_ready(&self) -> Result<(), Obstacle> {
        self.ready.clone().map_err(Obstacle::NotReady)
    }

    /// Whether it is about to be a backup that could take over.
    pub(super) fn is_behind(&self) -> bool {
        self.status.as_ref().is_ok_and(MirrorStatus::is_behind)
    }

    /// Whether it could take over without loss.
    ///
    /// # Errors
    /// It could not, or nobody knows.
    pub fn caught_up(&self) -> Result<(), Obstacle> {
        let said = self.status.as_ref().map_err(|why| Obstacle::Untold(why.clone()))?;
        if said.is_caught_up() {
            return Ok(());
        }
        Err(Obstacle::Behind { name: self.name.clone(), said: said.clone() })
    }
}

fn believed(name: &str, last: Option<MirrorStatus>, going: bool, belief: Belief) -> Result<MirrorStatus, String> {
    if going {
        return Err(format!("{name} is going"));
    }
    let said = last.ok_or_else(|| format!("{name} does not say its mirror status"))?;
    match belief {
        Belief::Fresh(now) if !said.is_fresh(now) => {
            Err(format!("{name} last said its mirror status more than {} s ago", FRESH.as_secs()))
        }
        _ => Ok(said),
    }
}

/// Puts members in the order in which they go where all go: the primary last.
pub fn primary_last(members: &mut [Sight]) {
    members.sort_by_key(|member| at_last(member.likely_role() == Some(Role::Primary), member.ordinal()));
}
