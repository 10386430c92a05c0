//! Members for the tests of the rules.

use jiff::Timestamp;

use crate::mirror::{member::MemberState, status::MirrorStatus};

pub(crate) const PRIMARY: Option<(&str, &str)> = Some(("Primary", "N/A"));
pub(crate) const ACTIVE: Option<(&str, &str)> = Some(("Backup", "Active"));
pub(crate) const CATCHING_UP: Option<(&str, &str)> = Some(("Backup", "Catchup"));
pub(crate) const ASYNC: Option<(&str, &str)> = Some(("Connected", "Caught up"));

pub(crate) fn member(ordinal: usize, outdated: bool, ready: bool, status: Option<(&str, &str)>) -> MemberState {
    let name = format!("d-{ordinal}");
    let status = status.map(|(status, journal)| {
        let member_type = if status == "Connected" { "Disaster Recovery" } else { "Failover" };
        MirrorStatus {
            member_type: member_type.into(),
            status: status.into(),
            journal: journal.into(),
            at: Timestamp::UNIX_EPOCH,
        }
    });
    MemberState {
        uid: format!("u{ordinal}"),
        resource_version: String::new(),
        outdated,
        lacks_claim: false,
        ready: if ready { Ok(()) } else { Err(format!("{name} is Pending")) },
        role: status.as_ref().and_then(MirrorStatus::role),
        status: status.ok_or_else(|| format!("{name} does not say its mirror status")),
        labelled_role: None,
        has_labeler: false,
        stopped: false,
        terminating: false,
        name,
    }
}
