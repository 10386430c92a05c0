//! The recorded writes, made on the control plane: are the answers still those of a real server? With `IRISKIT_BLESS` they
//! are recorded anew.

use std::{fmt::Write as _, fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::{FILE, answer, cases, collection, comparable, difference, flag, request, steps, text};
use crate::support::controlplane::ControlPlane;

/// Who would write while we do.
const CONTROLLERS: [&str; 3] = ["kube-controller-manager", "kube-scheduler", "kwok"];

#[test]
fn the_recorded_answers_are_those_of_the_control_plane() {
    if ControlPlane::shared().is_none() {
        return;
    }
    // One of its own: its controllers stand still, and cluster-scoped objects are nobody else's.
    let plane = ControlPlane::start().unwrap();
    hold(&plane, true);
    let mut cases = cases();
    let mut wrong = Vec::new();
    for (number, case) in cases.iter_mut().enumerate() {
        let answers = play(&plane, case, &format!("recorded-{number}"));
        for (at, found) in answers.into_iter().enumerate() {
            let step = &mut case["steps"][at];
            let (old, new) = (comparable(step["answer"].clone()), comparable(found.clone()));
            if !flag(step, "given") && old != new {
                wrong.push((format!("{} / step {at}", case["name"]), difference(&old, &new)));
                case["steps"][at]["answer"] = found;
            }
        }
    }
    hold(&plane, false);
    if std::env::var_os("IRISKIT_BLESS").is_some() && !wrong.is_empty() {
        save(&cases);
    }
    let texts: Vec<_> = wrong.iter().map(|(place, difference)| format!("{place}\n{difference}")).collect();
    assert!(wrong.is_empty(), "{FILE} is out of date: run this test with IRISKIT_BLESS=1\n{}", texts.join("\n"));
}

/// Stops the controllers, or lets them go on.
fn hold(plane: &ControlPlane, stop: bool) {
    for name in CONTROLLERS {
        let pid = plane.report().pids[name].to_string();
        let signal = if stop { "-STOP" } else { "-CONT" };
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }
}

fn save(cases: &[Value]) {
    let mut text = String::from("[\n");
    for (at, case) in cases.iter().enumerate() {
        _ = writeln!(text, "{case}{}", if at + 1 == cases.len() { "" } else { "," });
    }
    text.push_str("]\n");
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE), text).unwrap();
}

/// Makes the writes of a case in a namespace of its own, and gives the answers.
fn play(plane: &ControlPlane, case: &Value, namespace: &str) -> Vec<Value> {
    let (known, collection) = collection(case, namespace);
    plane.create("/api/v1/namespaces", &json!({"metadata": {"name": namespace}}));
    let account = json!({"metadata": {"name": "default"}});
    plane.create(&format!("/api/v1/namespaces/{namespace}/serviceaccounts"), &account);
    let (steps, bodies) = steps(case);
    let mut name = String::new();
    let mut answers = Vec::new();
    for step in steps {
        if let Some(own) = step["body"].pointer("/metadata/name").and_then(Value::as_str) {
            own.clone_into(&mut name);
        }
        let (code, body) = send(plane, &collection, &name, step);
        let body: Value = serde_json::from_str(&body.to_string().replace(namespace, "n")).unwrap();
        answers.push(answer(code, body, &bodies));
    }
    let path =
        if known.namespaced { format!("/api/v1/namespaces/{namespace}") } else { format!("{collection}/{name}") };
    plane.delete(&path);
    answers
}

fn send(plane: &ControlPlane, collection: &str, name: &str, step: &Value) -> (u16, Value) {
    let (method, path, media_type) = request(collection, name, step);
    let body = (method != "DELETE").then_some(&step["body"]);
    let (code, answer) = plane.request(method, &path, media_type, body);
    match text(step, "do") {
        "scale" => (code, plane.get(&format!("{collection}/{name}"))),
        _ => (code, answer),
    }
}
