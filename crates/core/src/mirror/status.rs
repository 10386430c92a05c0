//! What a mirror member says of itself: the label and the annotation of its pod. The labeler writes them; plans,
//! rolls and deletions read them.

use iriskit_kubernetes::{names::MIRROR_STATUS, views::Object};
use iriskit_state::plan::Role;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A status is believed for this long.
pub(crate) const FRESH: SignedDuration = SignedDuration::from_secs(30);

/// What a member is in its mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberKind {
    /// Primary or backup.
    Failover,
    /// Follows them without ever taking over: disaster recovery or reporting.
    Async,
    /// Said in words that are not known.
    Unknown,
}

/// Status of one mirror member in IRIS's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorStatus {
    /// `Failover`, `Disaster Recovery`, `Read-Only Reporting`.
    pub member_type: String,
    /// `Primary`, `Backup`, `Connected`, `Transition`, `Synchronizing`, `Waiting` …
    pub status: String,
    /// Journal transfer: `Active`, `Caught up`, `N/A`, a backlog in words; empty when unknown.
    pub journal: String,
    /// When it was read, by the API server's clock where that was known.
    pub at: Timestamp,
}

impl MirrorStatus {
    /// Reads the annotation of a pod; `None` when there is none that can be read.
    pub fn of_pod(pod: &Value) -> Option<Self> {
        let text = Object::new(pod).annotation(MIRROR_STATUS)?;
        let value: Value = serde_json::from_str(text).ok()?;
        let member = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            member_type: member("type")?,
            status: member("status")?,
            journal: member("journal").unwrap_or_default(),
            at: member("at")?.parse().ok()?,
        })
    }

    /// The annotation's text.
    pub fn to_annotation(&self) -> String {
        let at = self.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        json!({"type": self.member_type, "status": self.status, "journal": self.journal, "at": at}).to_string()
    }

    /// The role to label, when it is one that is labelled.
    pub fn role(&self) -> Option<Role> {
        match (self.member_type.as_str(), self.status.as_str()) {
            ("Failover", "Primary") => Some(Role::Primary),
            ("Failover", "Backup") => Some(Role::Backup),
            _ => None,
        }
    }

    /// What the member is in its mirror.
    pub fn kind(&self) -> MemberKind {
        let said = |word: &str| self.member_type.contains(word);
        if self.member_type == "Failover" {
            MemberKind::Failover
        } else if ["Disaster Recovery", "Reporting", "Async"].into_iter().any(said) {
            MemberKind::Async
        } else {
            MemberKind::Unknown
        }
    }

    /// Whether a fail-over member is on its way to be a backup that could take over. Trouble (`Stopped`, `Crashed`,
    /// `Error` …) is not: it needs an administrator, or another pod.
    pub(crate) fn is_behind(&self) -> bool {
        self.kind() == MemberKind::Failover
            && !self.is_caught_up()
            && matches!(self.status.as_str(), "Backup" | "Connected" | "Synchronizing" | "Transition" | "Waiting")
    }

    /// Whether it is recent enough to be believed. A clock that runs ahead is given the same grace.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.at).abs() <= FRESH
    }

    /// Whether the member could take over now without loss: `Backup` alone is not enough, and `Caught up` is not
    /// `Active`.
    pub fn is_caught_up(&self) -> bool {
        self.role() == Some(Role::Backup) && self.journal == "Active"
    }

    /// Whether `other` says the same, whenever it was read.
    pub fn says_the_same(&self, other: &Self) -> bool {
        (&self.member_type, &self.status, &self.journal) == (&other.member_type, &other.status, &other.journal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(member_type: &str, status: &str, journal: &str) -> MirrorStatus {
        let at = "2026-11-22T10:00:00Z".parse().unwrap();
        MirrorStatus { member_type: member_type.into(), status: status.into(), journal: journal.into(), at }
    }

    #[test]
    fn kinds_of_members() {
        for (member_type, kind) in [
            ("Failover", MemberKind::Failover),
            ("Disaster Recovery", MemberKind::Async),
            ("Read-Only Reporting", MemberKind::Async),
            ("Read-Write Reporting", MemberKind::Async),
            ("", MemberKind::Unknown),
            ("Not Member", MemberKind::Unknown),
        ] {
            assert_eq!(status(member_type, "Connected", "").kind(), kind, "{member_type}");
        }
    }

    #[test]
    fn who_catches_up_is_behind_and_who_is_in_trouble_is_not() {
        for (member_type, word, journal, behind) in [
            ("Failover", "Backup", "Catchup", true),
            ("Failover", "Backup", "Active", false),
            ("Failover", "Synchronizing", "", true),
            ("Failover", "Primary", "N/A", false),
            ("Failover", "Stopped", "", false),
            ("Failover", "Crashed", "", false),
            ("Disaster Recovery", "Connected", "Caught up", false),
        ] {
            assert_eq!(status(member_type, word, journal).is_behind(), behind, "{word} {journal}");
        }
    }

    #[test]
    fn an_annotation_survives_writing_and_reading() {
        let backup = status("Failover", "Backup", "Active");
        let text = backup.to_annotation();
        assert_eq!(text, r#"{"at":"2026-11-22T10:00:00Z","journal":"Active","status":"Backup","type":"Failover"}"#);
        let pod = json!({"metadata": {"annotations": {MIRROR_STATUS: text}}});
        assert_eq!(MirrorStatus::of_pod(&pod), Some(backup));
        for broken in ["", "{}", "[]", r#"{"type":"Failover","status":"Backup","at":"yesterday"}"#] {
            let pod = json!({"metadata": {"annotations": {MIRROR_STATUS: broken}}});
            assert_eq!(MirrorStatus::of_pod(&pod), None, "{broken}");
        }
    }

    #[test]
    fn roles_and_readiness_for_failover() {
        for (member_type, word, journal, role, caught_up) in [
            ("Failover", "Primary", "N/A", Some(Role::Primary), false),
            ("Failover", "Backup", "Active", Some(Role::Backup), true),
            ("Failover", "Backup", "Caught up", Some(Role::Backup), false),
            ("Failover", "Backup", "", Some(Role::Backup), false),
            ("Failover", "Transition", "Active", None, false),
            ("Failover", "Synchronizing", "Active", None, false),
            ("Disaster Recovery", "Connected", "Active", None, false),
            ("Disaster Recovery", "Backup", "Active", None, false),
        ] {
            let status = status(member_type, word, journal);
            assert_eq!((status.role(), status.is_caught_up()), (role, caught_up), "{status:?}");
        }
    }

    #[test]
    fn a_status_is_believed_for_thirty_seconds() {
        let backup = status("Failover", "Backup", "Active");
        for (now, fresh) in [
            ("2026-11-22T10:00:00Z", true),
            ("2026-11-22T10:00:30Z", true),
            ("2026-11-22T10:00:31Z", false),
            ("2026-11-22T09:59:50Z", true),
            ("2026-11-22T09:59:29Z", false),
        ] {
            assert_eq!(backup.is_fresh(now.parse().unwrap()), fresh, "{now}");
        }
    }
}
