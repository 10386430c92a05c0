//! Questions in a pseudo-terminal: only the exact word is an approval.
#![cfg(unix)]

use std::time::Duration;

use expectrl::{ControlCode, Eof, Expect, Session, process::unix::WaitStatus};

use crate::support::env::Env;

const MANIFEST: &str = "\
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {name: one}
spec:
  topology:
    data:
      image: iris:2023.3
";

/// What a person does at a question.
enum Typed {
    Line(&'static str),
    EndOfInput,
}

/// Runs a command in a terminal, answers its question and gives everything that came after, with the exit code.
fn answered(env: &Env, args: &[&str], typed: &Typed) -> (String, i32) {
    let mut session = Session::spawn(env.command(args)).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    session.expect("approval: ").unwrap();
    match typed {
        Typed::Line(line) => session.send_line(line).unwrap(),
        Typed::EndOfInput => session.send(ControlCode::EndOfTransmission).unwrap(),
    }
    let rest = session.expect(Eof).unwrap();
    let text = String::from_utf8_lossy(rest.as_bytes()).into_owned();
    let WaitStatus::Exited(_, code) = session.get_process().wait().unwrap() else {
        panic!("ended by a signal: {text}")
    };
    (text, code)
}

fn changes(env: &Env) -> Option<i32> {
    env.iriskit(&["plan", "one.yaml", "--sandbox", "--detailed-exitcode"]).code
}

#[test]
fn only_yes_is_an_approval() {
    let env = Env::new();
    env.write("one.yaml", MANIFEST);
    let apply = ["apply", "one.yaml", "--sandbox"];
    for declined in
        [Typed::Line("no"), Typed::Line(""), Typed::Line("YES"), Typed::Line("yes please"), Typed::EndOfInput]
    {
        let (text, code) = answered(&env, &apply, &declined);
        assert!(code == 1 && text.contains("error[declined]"), "{code}: {text}");
        assert_eq!(changes(&env), Some(2));
    }
    let (text, code) = answered(&env, &apply, &Typed::Line("yes"));
    assert!(code == 0 && text.contains("Done:"), "{code}: {text}");
    assert_eq!(changes(&env), Some(0));
}

#[test]
fn deleting_data_takes_the_name_of_the_cluster() {
    let env = Env::new();
    env.write("one.yaml", MANIFEST);
    let _ = env.iriskit(&["apply", "one.yaml", "--sandbox", "--auto-approve"]).success();
    let destroy = ["destroy", "one", "--sandbox", "--allow", "delete-data", "--auto-approve"];
    let (text, code) = answered(&env, &destroy, &Typed::Line("yes"));
    assert!(code == 1 && text.contains("error[declined]"), "{code}: {text}");
    let (text, code) = answered(&env, &destroy, &Typed::Line("one"));
    assert!(code == 0 && text.contains("Done:"), "{code}: {text}");
}

#[test]
fn without_a_terminal_nothing_is_approved() {
    let env = Env::new();
    env.write("one.yaml", MANIFEST);
    let output = env.iriskit_reading(&["apply", "one.yaml", "--sandbox"], "yes\n");
    assert_eq!(output.code, Some(6), "{output}");
    assert!(output.stderr.contains("error[approval-missing]"), "{output}");
    assert_eq!(changes(&env), Some(2));
    let _ = env.iriskit(&["apply", "one.yaml", "--sandbox", "--auto-approve"]).success();
    let args = ["destroy", "one", "--sandbox", "--allow", "delete-data", "--auto-approve"];
    let output = env.iriskit(&args);
    assert_eq!(output.code, Some(6), "{output}");
    assert!(output.stderr.contains("error[confirmation-missing]"), "{output}");
    assert!(env.iriskit(&[&args[..], &["--confirm", "one"]].concat()).success().contains("8 deleted"));
}
