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

/// Columns of the member's row (name, type, status, journal transfer, dejournaling), separated by `^`.
const ROW_TYPE: usize = 1;
const ROW_STATUS: usize = 2;
const ROW_JOURNAL: usize = 3;

/// Reads the line of `iris qlist` and the member's row of `SYS.Mirror.MemberStatusList`. `None` when the instance does
/// not run or the line has no mirror fields. A row that contradicts the line was taken at another moment: its journal
/// transfer counts for nothing.
pub fn read(qlist: &str, row: Option<&str>) -> Option<Reading> {
    let fields = split(qlist);
    if !fields.get(STATE)?.to_ascii_lowercase().starts_with("running") {
        return None;
    }
    let (member_type, status) = (*fields.get(MEMBER_TYPE)?, *fields.get(MEMBER_STATUS)?);
    let journal = row
        .map(split)
        .filter(|columns| columns.get(ROW_TYPE) == Some(&member_type) && columns.get(ROW_STATUS) == Some(&status))
        .and_then(|columns| columns.get(ROW_JOURNAL).copied())
        .unwrap_or_default();
    Some(Reading { member_type: member_type.to_owned(), status: status.to_owned(), journal: journal.to_owned() })
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
        for (qlist, row, expected) in [
            (PRIMARY.to_owned(), Some("C-DATA-0-0^Failover^Primary^N/A^N/A"), ("Failover", "Primary", "N/A")),
            (
                qlist("Failover", "Backup"),
                Some("C-DATA-0-1^Failover^Backup^Active^Caught up\n"),
                ("Failover", "Backup", "Active"),
            ),
            (qlist("Failover", "Backup"), None, ("Failover", "Backup", "")),
            // Taken while the role changed.
            (qlist("Failover", "Backup"), Some("C-DATA-0-1^Failover^Primary^N/A^N/A"), ("Failover", "Backup", "")),
            (
                qlist("Disaster Recovery", "Connected"),
                Some("X^Disaster Recovery^Connected^Caught up^Caught up"),
                ("Disaster Recovery", "Connected", "Caught up"),
            ),
            (qlist("", ""), Some(""), ("", "", "")),
            (format!("\n{PRIMARY}\n"), Some("garbage"), ("Failover", "Primary", "")),
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
