//! The script is run by /bin/sh, as in the pod.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the script runs in a folder of the test")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use super::{COMPOSE, script};

const STAGED: &str =
    "[SYSTEM]\nA=$HOME `id` \\n\n\n[pod-0]\nIp_Address=x\n;iriskit-login\n[pod-1]\n;iriskit-login\nlast=1";

fn command(dir: &Path, pause: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script(COMPOSE), "webgateway-config"]);
    command.args([dir.join("CSP.ini"), dir.join("login"), dir.join("out.ini")]).arg(pause);
    command
}

fn once(dir: &Path) -> Output {
    command(dir, "0").output().unwrap()
}

fn login(dir: &Path, user: &str, password: &str) {
    fs::create_dir_all(dir.join("login")).unwrap();
    fs::write(dir.join("login/username"), user).unwrap();
    fs::write(dir.join("login/password"), password).unwrap();
}

#[test]
fn credentials_are_written_as_they_are() {
    for (given, written) in [
        ("SYS", "SYS"),
        ("]]]U1lT", "]]]U1lT"),
        ("a&b\\c/d$e$(id)`id`", "a&b\\c/d$e$(id)`id`"),
        ("\"double\" 'single'", "\"double\" 'single'"),
        ("%s%n\\n\\0", "%s%n\\n\\0"),
        ("  spaces  ", "  spaces  "),
        ("*?[a]", "*?[a]"),
        ("-n", "-n"),
        ("line end\n", "line end"),
        ("from windows\r\n", "from windows"),
        ("päßwörd", "päßwörd"),
        ("first\nInjected=1\n", "first"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("CSP.ini"), STAGED).unwrap();
        login(dir.path(), "CSPSystem\n", given);
        assert!(once(dir.path()).status.success(), "{given}");
        let composed = fs::read_to_string(dir.path().join("out.ini")).unwrap();
        let expected =
            format!("{STAGED}\n").replace(";iriskit-login\n", &format!("Username=CSPSystem\nPassword={written}\n"));
        assert_eq!(composed, expected);
    }
}

#[test]
fn without_a_login_the_marks_go() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("CSP.ini"), STAGED).unwrap();
    assert!(once(dir.path()).status.success());
    let composed = fs::read_to_string(dir.path().join("out.ini")).unwrap();
    assert_eq!(composed, format!("{STAGED}\n").replace(";iriskit-login\n", ""));
}

#[test]
fn a_login_without_its_keys_composes_nothing_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("CSP.ini"), STAGED).unwrap();
    login(dir.path(), "user", "secret word");
    fs::remove_file(dir.path().join("login/username")).unwrap();
    let output = once(dir.path());
    assert!(!output.status.success() && !dir.path().join("out.ini").exists());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("needs the keys username and password") && !said.contains("secret word"), "{said}");
}

#[test]
fn without_a_staged_file_nothing_is_composed() {
    let dir = tempfile::tempdir().unwrap();
    assert!(!once(dir.path()).status.success());
    assert!(!dir.path().join("out.ini").exists());
}

#[test]
fn only_the_owner_may_read_the_composed_file() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("CSP.ini"), STAGED).unwrap();
    assert!(once(dir.path()).status.success());
    assert_eq!(fs::metadata(dir.path().join("out.ini")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_change_is_composed_again_until_the_script_is_told_to_stop() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("CSP.ini"), STAGED).unwrap();
    login(dir.path(), "user", "one");
    let mut child = command(dir.path(), "1").spawn().unwrap();
    until(dir.path(), "Password=one");
    login(dir.path(), "user", "two");
    until(dir.path(), "Password=two");
    let stop = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(stop.success());
    assert!(child.wait().unwrap().success());
}

/// Waits for a text in the composed file, at most ten seconds.
fn until(dir: &Path, text: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !fs::read_to_string(dir.join("out.ini")).is_ok_and(|composed| composed.contains(text)) {
        assert!(Instant::now() < deadline, "{text} never came");
        std::thread::yield_now();
    }
}
