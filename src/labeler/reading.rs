//! The two files that the readiness probe of container `iris` writes.

/// What the files say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// `Failover` …; empty outside of a mirror.
    pub member_type: String,
    /// `Primary`, `Backup` …; empty outside of a mirror.
    pub status: String,
    /// Journal transfer; empty when unknown.
    pub journal: String,
}

/// Fields of `iris qlist`, separated by `^`, counted from 0.
const STATE: usize = 3;
const MEMBER_TYPE: usize = 10;
const MEMBER_STATUS: usize = 11;

/// Words of a member's status: a row that has some of them, but not that of the line, is of another moment.
const STATUS_WORDS: [&str; 12] = [
    "Primary",
    "Backup",
    "In Trouble",
    "Connected",
    "Transition",
    "Synchronizing",
    "Waiting",
    "Stopped",
    "Crashed",
    "Error",
    "Down",
    "Not Initialized",
];

/// Reads the line of `iris qlist` and the member's row of `SYS.Mirror.MemberStatusList` (`COLUMN=VALUE`, separated by
/// `^`). `None` when the instance does not run or the line has no mirror fields. A row that contradicts the line was
/// taken at another moment: its journal transfer counts for nothing.
pub fn read(qlist: &str, row: Option<&str>) -> Option<Reading> {
    let fields = split(qlist);
    if !fields.get(STATE)?.to_ascii_lowercase().starts_with("running") {
        return None;
    }
    let (member_type, status) = (*fields.get(MEMBER_TYPE)?, *fields.get(MEMBER_STATUS)?);
    let journal = row.and_then(|row| journal(row, status)).unwrap_or_default();
    Some(Reading { member_type: member_type.to_owned(), status: status.to_owned(), journal })
}

/// The journal transfer of a row that agrees with `status`. Releases name the column differently (`JournalTransfer`,
/// `Journal Transfer`, `JournalTransferLatency`); where several speak of it, the one in words counts.
fn journal(row: &str, status: &str) -> Option<String> {
    let columns: Vec<(String, &str)> = split(row)
        .into_iter()
        .filter_map(|column| column.split_once('='))
        .map(|(name, value)| (name.to_ascii_lowercase().replace([' ', '_'], ""), value.trim()))
        .collect();
    let mut told = columns.iter().map(|(_, value)| *value).filter(|value| STATUS_WORDS.contains(value)).peekable();
    if told.peek().is_some() && !told.any(|word| word == status) {
        return None;
    }
    let about = columns.iter().filter(|(name, _)| name.contains("journaltransfer")).map(|(_, value)| *value);
    about.max_by_key(|value| value.starts_with(|first: char| first.is_ascii_alphabetic())).map(str::to_owned)
}

/// The fields of the first line that is not blank.
fn split(text: &str) -> Vec<&str> {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.split('^').map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIMARY: &str = "IRIS^/usr/irissys^2024.1.4^running, since Sun Nov 22 10:00:00 2026^iris.cpf^1972^0^0^ok^IRIS^Failover^Primary^/irissys/data/IRIS";

    fn qlist(member_type: &str, status: &str) -> String {
        PRIMARY.replace("Failover^Primary", &format!("{member_type}^{status}"))
    }

    #[test]
    fn the_line_gives_type_and_status_and_the_row_the_journal() {
        const CAUGHT_UP: &str = "MemberName=C-DATA-0-1^MemberType=Failover^MemberStatus=Backup^JournalTransfer=Active^Dejournaling=Caught up\n";
        for (qlist, row, expected) in [
            (
                PRIMARY.to_owned(),
                Some("MemberName=C-DATA-0-0^MemberType=Failover^MemberStatus=Primary^JournalTransfer=N/A"),
                ("Failover", "Primary", "N/A"),
            ),
            (qlist("Failover", "Backup"), Some(CAUGHT_UP), ("Failover", "Backup", "Active")),
            (qlist("Failover", "Backup"), None, ("Failover", "Backup", "")),
            // Numbers for roles, and the transfer twice: the words count.
            (
                qlist("Failover", "Backup"),
                Some("MemberName=X^CurrentRole=1^Journal Transfer Latency=0^JournalTransferStr=Active"),
                ("Failover", "Backup", "Active"),
            ),
            (
                qlist("Failover", "Backup"),
                Some("MemberName=X^CurrentStatus=Backup^JournalTransferLatency=12 seconds behind"),
                ("Failover", "Backup", "12 seconds behind"),
            ),
            // Taken while the role changed.
            (
                qlist("Failover", "Backup"),
                Some("MemberName=X^MemberStatus=Primary^JournalTransfer=N/A"),
                ("Failover", "Backup", ""),
            ),
            (
                qlist("Disaster Recovery", "Connected"),
                Some("MemberName=X^MemberStatus=Connected^JournalTransfer=Caught up"),
                ("Disaster Recovery", "Connected", "Caught up"),
            ),
            (qlist("", ""), Some(""), ("", "", "")),
            (format!("\n{PRIMARY}\n"), Some("garbage^=^"), ("Failover", "Primary", "")),
        ] {
            let (member_type, status, journal) = expected;
            let expected = Reading { member_type: member_type.into(), status: status.into(), journal: journal.into() };
            assert_eq!(read(&qlist, row), Some(expected), "{qlist} {row:?}");
        }
    }

    #[test]
    fn an_instance_that_does_not_run_has_no_role() {
        for qlist in [
            "",
            "\n",
            "IRIS",
            "IRIS^/usr/irissys^2024.1.4^down, last used Sun Nov 22 10:00:00 2026^iris.cpf^1972^0^0^^IRIS^Failover^Primary^/d",
            "IRIS^/usr/irissys^2024.1.4^sign-on inhibited^iris.cpf^1972^0^0^^IRIS^Failover^Primary^/d",
            // A kit older than mirroring's fields in the line.
            "IRIS^/usr/irissys^2024.1.4^running^iris.cpf^1972^0^0^ok",
        ] {
            assert_eq!(read(qlist, None), None, "{qlist}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(qlist in ".{0,200}", row in ".{0,100}") {
            let _ = read(&qlist, Some(&row));
        }
    }
}
