//! Members for the tests of the rules.

use jiff::Timestamp;

use crate::mirror::MirrorStatus;
use crate::plan::mirror::sight::Sight;

pub(crate) const PRIMARY: Option<(&str, &str)> = Some(("Primary", "N/A"));
pub(crate) const ACTIVE: Option<(&str, &str)> = Some(("Backup", "Active"));
pub(crate) const CATCHING_UP: Option<(&str, &str)> = Some(("Backup", "Catchup"));
pub(crate) const ASYNC: Option<(&str, &str)> = Some(("Connected", "Caught up"));

pub(crate) fn member(ordinal: usize, outdated: bool, ready: bool, status: Option<(&str, &str)>) -> Sight {
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
    Sight {
        uid: format!("u{ordinal}"),
        version: String::new(),
        outdated,
        lacks: false,
        ready: if ready { Ok(()) } else { Err(format!("{name} is Pending")) },
        role: status.as_ref().and_then(MirrorStatus::role),
        status: status.ok_or_else(|| format!("{name} does not say its mirror status")),
        label: None,
        stopped: false,
        going: false,
        name,
    }
}
