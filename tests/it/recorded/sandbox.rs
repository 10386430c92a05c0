//! The recorded writes, made with the object rules of the sandbox.

use iriskit_kubernetes::schema::{Kind, table};
use iriskit_kubernetes::server_side_apply::{Apply, track_update};
use iriskit_sandbox::objects::{
    Allocations, Failure, Strictness, address, apply, decode, decode_patched, finish_create, finish_update, json_patch,
    merge_patch, unchanged,
};
use serde_json::{Value, json};

use super::{answer, cases, comparable, difference, flag, steps, text};

const NOW: &str = "2026-01-01T00:00:00Z";

/// A cluster in which the Service of the API server has the first address, as in the recorded one.
struct Cluster;

impl Allocations for Cluster {
    fn ip_in_use(&self, ip: &str) -> bool {
        ip == "10.0.0.1"
    }

    fn port_in_use(&self, _port: u16) -> bool {
        false
    }

    fn default_storage_class(&self) -> Option<String> {
        Some("standard".to_owned())
    }
}

/// Makes one write, as the handler of a request does.
fn write(kind: &Kind, live: Option<&Value>, name: &str, step: &Value, version: usize) -> Result<Value, Failure> {
    let (manager, dry_run) = (text(step, "manager"), flag(step, "dry"));
    let strictness = if flag(step, "strict") { Strictness::Strict } else { Strictness::Warn };
    let namespace = kind.namespaced.then_some("n");
    let how = text(step, "do");
    let subresource = Some(how).filter(|how| matches!(*how, "status" | "scale"));
    let mut body = step["body"].clone();
    let mut object = match (how, live) {
        ("create", Some(_)) => {
            decode(kind, &body, strictness)?;
            return Err(Failure::already_exists(kind, name));
        }
        ("apply", _) => {
            address(&mut body, namespace, Some(name))?;
            apply(&Apply { kind, live, body: &body, manager, force: flag(step, "force"), now: NOW })?
        }
        _ => {
            let mut object = match (how, live) {
                ("create", _) => decode(kind, &body, strictness)?,
                (_, None) => return Err(Failure::not_found(kind, name)),
                ("merge" | "status" | "scale", Some(live)) => {
                    decode_patched(kind, &merge_patch(live, &body), strictness)?
                }
                ("json", Some(live)) => decode_patched(kind, &json_patch(live, &body)?, strictness)?,
                _ => decode(kind, &body, strictness)?,
            };
            address(&mut object, namespace, (how != "create").then_some(name))?;
            track_update(kind, live, object, manager, subresource, NOW)
        }
    };
    let Some(live) = live else {
        finish_create(kind, &mut object, &Cluster, dry_run)?;
        identify(&mut object, version);
        return Ok(object);
    };
    finish_update(kind, live, &mut object, subresource.filter(|how| *how == "status"), &Cluster, dry_run)?;
    if unchanged(live, &object) {
        return Ok(live.clone());
    }
    object["metadata"]["resourceVersion"] = json!(version.to_string());
    Ok(object)
}

fn identify(object: &mut Value, version: usize) {
    object["metadata"]["uid"] = json!("0000");
    object["metadata"]["creationTimestamp"] = json!(NOW);
    object["metadata"]["resourceVersion"] = json!(version.to_string());
}

/// The recorded object of a step whose answer is not the matter of these rules.
fn given(step: &Value, version: usize) -> Value {
    let text = step["answer"]["object"].to_string().replace("\"T\"", &json!(NOW).to_string());
    let mut object = serde_json::from_str(&text).unwrap();
    identify(&mut object, version);
    object
}

#[test]
fn the_sandbox_answers_as_the_recorded_server_did() {
    let cases = cases();
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in &cases {
        let (api_version, kind) = text(case, "kind").rsplit_once('/').unwrap();
        let kind = table().kind(api_version, kind).unwrap();
        let (steps, bodies) = steps(case);
        let mut live: Option<Value> = None;
        let mut name = String::new();
        for (at, step) in steps.iter().enumerate() {
            if let Some(own) = step["body"].pointer("/metadata/name").and_then(Value::as_str) {
                own.clone_into(&mut name);
            }
            if flag(step, "given") {
                live = Some(given(step, at));
                continue;
            }
            count += 1;
            let outcome = write(kind, live.as_ref(), &name, step, 100 + at);
            let code = if live.is_some() { 200 } else { 201 };
            let found = match &outcome {
                Ok(object) => answer(code, object.clone(), &bodies),
                Err(failure) => answer(failure.code, failure.to_status(), &bodies),
            };
            let (found, expected) = (comparable(found), comparable(step["answer"].clone()));
            if found != expected {
                wrong.push(format!("{} / step {at}\n{}", text(case, "name"), difference(&expected, &found)));
            }
            if let (Ok(object), false) = (outcome, flag(step, "dry")) {
                live = Some(object);
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} answers differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 800, "{count}");
}
