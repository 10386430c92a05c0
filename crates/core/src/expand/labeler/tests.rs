//! The script is run by /bin/sh with an `iris` that answers from a file, as IRIS would.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the script runs in a folder of the test")]

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use super::{WRITE_STATUS, script};

const RUNNING: &str =
    "IRIS^/usr/irissys^2023.3.0^running, since Mon^iris.cpf^1972^52773^0^ok^IRIS^Failover^Backup^/irissys/data/IRIS/";
/// What a session prints: its prompts stand before what is written.
const SESSION: &str = "\n%SYS>iriskit:C-DATA-0-1^Failover^Backup^Active^Caught up\n\n%SYS>";

/// Runs the probe; answers are those of `iris qlist` and `iris session`.
fn probe(dir: &Path, qlist: &str, qlist_fails: bool, session: &str) -> bool {
    fs::write(dir.join("qlist.answer"), qlist).unwrap();
    fs::write(dir.join("session.answer"), session).unwrap();
    let fails = i32::from(qlist_fails);
    let iris = format!(
        "#!/bin/sh\ncase $1 in\nqlist) cat {0}/qlist.answer; exit {fails} ;;\nsession) cat >{0}/asked; cat {0}/session.answer ;;\nesac\n",
        dir.display()
    );
    let bin = dir.join("bin");
    fs::create_dir_all(&bin).unwrap();
    fs::write(bin.join("iris"), iris).unwrap();
    fs::set_permissions(bin.join("iris"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script(WRITE_STATUS), "mirror-status"]).arg(dir).env("PATH", path);
    command.status().unwrap().success()
}

fn file(dir: &Path, name: &str) -> Option<String> {
    fs::read_to_string(dir.join(name)).ok()
}

#[test]
fn a_running_member_is_ready_and_says_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    assert!(probe(dir.path(), RUNNING, false, SESSION));
    assert_eq!(file(dir.path(), "qlist"), Some(format!("{RUNNING}\n")));
    let row = "C-DATA-0-1^Failover^Backup^Active^Caught up\n";
    assert_eq!(file(dir.path(), "mirror").as_deref(), Some(row));
    let asked = file(dir.path(), "asked").unwrap();
    let read = crate::mirror::read(RUNNING, Some(row)).unwrap();
    assert_eq!(
        (read.member_type.as_str(), read.status.as_str(), read.journal.as_str()),
        ("Failover", "Backup", "Active")
    );
    assert!(asked.contains("MemberStatusList") && !asked.contains("iriskit:"), "an echo would be taken for the answer");
}

#[test]
fn ready_means_running_whatever_the_role() {
    for (qlist, fails, ready) in [
        (RUNNING.to_owned(), false, true),
        (RUNNING.replace("Backup", "Primary"), false, true),
        (RUNNING.replace("Backup", "Transition"), false, true),
        (RUNNING.replace("running, since Mon", "down, last used Mon"), false, false),
        (RUNNING.replace("running, since Mon", "sign-on inhibited"), false, false),
        (RUNNING.to_owned(), true, false),
        (String::new(), false, false),
        ("* ? $HOME".to_owned(), false, false),
    ] {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(probe(dir.path(), &qlist, fails, SESSION), ready, "{qlist}");
        assert_eq!(file(dir.path(), "qlist").is_some(), !fails, "{qlist}");
        assert_eq!(file(dir.path(), "mirror").is_some(), ready, "{qlist}");
    }
}

#[test]
fn a_session_that_says_nothing_leaves_the_member_ready_and_its_row_to_grow_old() {
    let dir = tempfile::tempdir().unwrap();
    assert!(probe(dir.path(), RUNNING, false, "<LICENSE LIMIT EXCEEDED>\n"));
    assert_eq!(file(dir.path(), "mirror"), None);
}
