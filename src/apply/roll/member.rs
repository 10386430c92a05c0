//! A member of a mirrored StatefulSet as a roll sees it. Pure.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    apply::{
        ready::{pod_state, revision_of},
        target::{is_ready_pod, is_terminating, name, ordinal, text, uid},
    },
    labeler::{FRESH, MemberKind, MirrorStatus, ROLE_LABEL, Role, is_stopped},
};

/// One pod of the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::apply) struct Member {
    pub(in crate::apply) name: String,
    pub(in crate::apply) uid: String,
    /// Its resourceVersion: another one as soon as its role or anything else of it changed.
    pub(in crate::apply) version: String,
    /// Whether it has another revision than its set wants.
    pub(in crate::apply) outdated: bool,
    /// Whether it serves, and if not, why.
    pub(in crate::apply) ready: Result<(), String>,
    /// What it says of itself, when that is fresh; else why it can't be believed.
    pub(in crate::apply) status: Result<MirrorStatus, String>,
    /// What its label says, fresh or not.
    pub(in crate::apply) label: Option<Role>,
    /// Whether IRIS certainly does not run in it.
    pub(in crate::apply) stopped: bool,
    /// Whether its deletion has begun.
    pub(in crate::apply) going: bool,
}

impl Member {
    /// Reads a pod. `revision` is the one its set wants, `now` the server's time.
    pub(in crate::apply) fn of(pod: &Value, revision: &str, now: Timestamp) -> Self {
        let label = pod.pointer("/metadata/labels").and_then(|labels| labels.get(ROLE_LABEL)).and_then(Value::as_str);
        Self {
            name: name(pod).to_owned(),
            uid: uid(pod).unwrap_or_default().to_owned(),
            version: text(pod, "/metadata/resourceVersion").unwrap_or_default().to_owned(),
            outdated: revision_of(pod) != Some(revision),
            ready: if is_ready_pod(pod) { Ok(()) } else { Err(pod_state(pod)) },
            status: status_of(pod, now),
            label: [Role::Primary, Role::Backup].into_iter().find(|role| label == Some(role.as_str())),
            stopped: is_stopped(pod),
            going: is_terminating(pod),
        }
    }

    /// The role that it has now, as far as it can be believed.
    pub(in crate::apply) fn role(&self) -> Option<Role> {
        self.status.as_ref().ok().and_then(MirrorStatus::role)
    }

    /// The best guess at its role: where nothing fresh is known the label counts.
    pub(in crate::apply) fn likely_role(&self) -> Option<Role> {
        self.role().or(self.label)
    }

    /// Whether it follows the others without ever taking over.
    pub(in crate::apply) fn is_async(&self) -> bool {
        self.status.as_ref().is_ok_and(|status| status.kind() == MemberKind::Async)
    }

    /// Whether it runs and is about to be a backup that could take over.
    pub(in crate::apply) fn is_behind(&self) -> bool {
        self.ready.is_ok() && self.status.as_ref().is_ok_and(MirrorStatus::is_behind)
    }

    /// Whether it could take over without loss, and if not, why.
    pub(in crate::apply) fn caught_up(&self) -> Result<(), String> {
        let status = self.status.as_ref().map_err(Clone::clone)?;
        if status.is_caught_up() {
            return Ok(());
        }
        let journal = if status.journal.is_empty() { "unknown" } else { &status.journal };
        Err(format!("{} is {} {}, journal transfer {journal}", self.name, status.member_type, status.status))
    }
}

fn status_of(pod: &Value, now: Timestamp) -> Result<MirrorStatus, String> {
    let name = name(pod);
    if is_terminating(pod) {
        return Err(format!("{name} is going"));
    }
    let status = MirrorStatus::of_pod(pod).ok_or_else(|| format!("{name} does not say its mirror status"))?;
    if status.is_fresh(now) {
        return Ok(status);
    }
    let age = now.duration_since(status.at).as_secs();
    Err(format!("{name} last said its mirror status {age} s ago (more than {} s)", FRESH.as_secs()))
}

/// The order in which members go where one has to go after the other: whoever is not primary from the highest ordinal
/// down, then the primary.
pub(in crate::apply) fn primary_last(members: &mut [Member]) {
    members
        .sort_by_key(|member| (member.likely_role() == Some(Role::Primary), std::cmp::Reverse(ordinal(&member.name))));
}
