//! One member of a mirror, as the rules see it.

use iriskit_state::plan::Role;
use jiff::Timestamp;
use serde_json::Value;

use crate::mirror::{
    instance::{is_ready, is_stopped},
    obstacle::Obstacle,
    order::{deletion_order, ordinal},
    status::{FRESH, MemberKind, MirrorStatus},
};
use iriskit_kubernetes::{names::MIRROR_ROLE, views::Pod};

/// The container that reports the status of a mirror member.
pub(crate) const LABELER: &str = "mirror-labeler";

/// How old a status may be that a member gave of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusAge {
    /// Its label counts, and what it said last, however long ago: a plan is made for later. What certainly does not run then
    /// has no role.
    Any,
    /// Only what is fresh at this time, which is the server's.
    FreshAt(Timestamp),
}

/// One pod of the set.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each seen by itself")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberState {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its resourceVersion: another one as soon as its role or anything else of it changed.
    pub resource_version: String,
    /// Whether it has another revision than its set wants, or will want.
    pub outdated: bool,
    /// Whether it lacks a claim that its set wants.
    pub lacks_claim: bool,
    /// Whether it serves, and if not, why.
    pub ready: Result<(), String>,
    /// What it says of itself, as far as that counts; else why it does not.
    pub status: Result<MirrorStatus, String>,
    /// The role that it has, as far as that is believed.
    pub role: Option<Role>,
    /// The role that its label says, believed or not.
    pub labelled_role: Option<Role>,
    /// Whether a labeler runs beside it, so that it will say its status.
    pub has_labeler: bool,
    /// Whether IRIS certainly does not run in it.
    pub stopped: bool,
    /// Whether its deletion has begun.
    pub terminating: bool,
}

impl MemberState {
    /// Reads a pod. Whether it is outdated or lacks a claim only its set can tell.
    pub fn of(pod: &Value, age: StatusAge) -> Self {
        let text = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let name = text("/metadata/name");
        let terminating = pod.pointer("/metadata/deletionTimestamp").is_some_and(|at| !at.is_null());
        let stopped = pod.get("status").is_some() && is_stopped(pod);
        let label = pod.pointer("/metadata/labels").and_then(|labels| labels.get(MIRROR_ROLE)).and_then(Value::as_str);
        let labelled_role = [Role::Primary, Role::Backup].into_iter().find(|role| label == Some(role.as_str()));
        let status = counted(&name, MirrorStatus::of_pod(pod), terminating, age);
        let spoken = status.as_ref().ok().and_then(MirrorStatus::role);
        Self {
            uid: text("/metadata/uid"),
            resource_version: text("/metadata/resourceVersion"),
            outdated: false,
            lacks_claim: false,
            ready: if is_ready(pod) && !terminating { Ok(()) } else { Err(format!("{name} is not ready")) },
            role: match age {
                StatusAge::Any if stopped => None,
                StatusAge::Any => labelled_role.or(spoken),
                StatusAge::FreshAt(_) => spoken,
            },
            status,
            labelled_role,
            has_labeler: has_labeler(Pod::new(pod)),
            stopped,
            terminating,
            name,
        }
    }

    /// The number at the end of its name.
    pub(crate) fn ordinal(&self) -> u64 {
        ordinal(&self.name)
    }

    /// The best guess at its role: where nothing is believed the label counts.
    pub fn likely_role(&self) -> Option<Role> {
        self.role.or(self.labelled_role)
    }

    /// Whether it follows the others without ever taking over. One whose type is unknown does not.
    pub(crate) fn is_async(&self) -> bool {
        self.status.as_ref().is_ok_and(|status| status.kind() == MemberKind::Async)
    }

    /// Whether it is known to take part in fail-over: it has a role, or says so.
    pub(super) fn is_failover(&self) -> bool {
        let says = |status: &MirrorStatus| status.kind() == MemberKind::Failover;
        self.likely_role().is_some() || self.status.as_ref().is_ok_and(says)
    }

    /// Whether it has to be made anew to be what its set wants.
    pub(crate) fn needs_restart(&self) -> bool {
        self.outdated || self.lacks_claim
    }

    /// Whether it serves.
    ///
    /// # Errors
    /// It does not.
    pub(super) fn is_ready(&self) -> Result<(), Obstacle> {
        self.ready.clone().map_err(|why| Obstacle::NotReady { name: self.name.clone(), why })
    }

    /// Whether it is about to be a backup that could take over.
    pub(super) fn is_behind(&self) -> bool {
        self.status.as_ref().is_ok_and(MirrorStatus::is_behind)
    }

    /// Whether it could take over without loss.
    ///
    /// # Errors
    /// It could not, or that is unknown.
    pub(crate) fn caught_up(&self) -> Result<(), Obstacle> {
        let said = match &self.status {
            Ok(said) if said.is_caught_up() => return Ok(()),
            Ok(said) => said,
            Err(why) => return Err(Obstacle::StatusUnknown { name: self.name.clone(), why: why.clone() }),
        };
        Err(Obstacle::Behind { name: self.name.clone(), said: said.clone() })
    }
}

/// Whether a pod has a labeler. Of one that nobody saw, which has no uid, nothing is known.
fn has_labeler(pod: Pod<'_>) -> bool {
    pod.uid().is_some() && pod.spec().init_containers().any(|container| container.name() == LABELER)
}

fn counted(name: &str, last: Option<MirrorStatus>, terminating: bool, age: StatusAge) -> Result<MirrorStatus, String> {
    let is_past = matches!(age, StatusAge::FreshAt(_)) && terminating;
    if is_past {
        return Err(format!("{name} is terminating"));
    }
    let said = last.ok_or_else(|| format!("{name} does not say its mirror status"))?;
    match age {
        StatusAge::FreshAt(now) if !said.is_fresh(now) => {
            Err(format!("{name} last said its mirror status more than {} s ago", FRESH.as_secs()))
        }
        _ => Ok(said),
    }
}

/// Puts members in the order in which they go where all go: the primary last.
pub fn primary_last(members: &mut [MemberState]) {
    members.sort_by_key(|member| deletion_order(member.likely_role() == Some(Role::Primary), member.ordinal()));
}
