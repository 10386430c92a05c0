//! What a real API server answered, step by step, against what is answered here.

use serde_json::{Value, json};

use super::*;
use crate::schema::{Kind, table};

const NOW: &str = "2026-01-01T00:00:00Z";

/// A cluster in which the service of the API server has the first address, as in the recorded one.
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

fn text<'a>(step: &'a Value, name: &str) -> &'a str {
    step[name].as_str().unwrap_or_default()
}

/// Makes one write, as the handler of a request does.
fn write(kind: &Kind, live: Option<&Value>, step: &Value, version: u64) -> Result<Value, Failure> {
    let flag = |name: &str| step[name] == json!(true);
    let (manager, dry_run) = (text(step, "manager"), flag("dry"));
    let strictness = if flag("strict") { Strictness::Strict } else { Strictness::Warn };
    let name = live.and_then(|live| live["metadata"]["name"].as_str()).map(str::to_owned);
    let name = name.unwrap_or_else(|| step["body"]["metadata"]["name"].as_str().unwrap_or_default().to_owned());
    let namespace = kind.namespaced.then_some("n");
    let mut body = step["body"].clone();
    if text(step, "do") == "create" && live.is_some() {
        decode(kind, &body, strictness)?;
        return Err(Failure::already_exists(kind, &name));
    }
    let mut object = match text(step, "do") {
        "apply" => {
            address(&mut body, namespace, Some(&name))?;
            let force = flag("force");
            apply(&ApplyRequest { kind, live, body: &body, manager, force, now: NOW })?
        }
        how => {
            let mut object = match how {
                "merge" => decode_patched(kind, &merge_patch(live.unwrap(), &body), strictness)?,
                "json" => decode_patched(kind, &json_patch(live.unwrap(), &body)?, strictness)?,
                _ => decode(kind, &body, strictness)?,
            };
            address(&mut object, namespace, (how != "create").then_some(&name))?;
            track_update(kind, live, object, manager, None, NOW)
        }
    };
    match live {
        None => {
            finish_create(kind, &mut object, &Cluster, dry_run)?;
            object["metadata"]["uid"] = json!("0000");
            object["metadata"]["creationTimestamp"] = json!("2026-01-01T00:00:00Z");
        }
        Some(live) => finish_update(kind, live, &mut object, None, &Cluster, dry_run)?,
    }
    if live.is_none_or(|live| !unchanged(live, &object)) {
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        return Ok(object);
    }
    Ok(live.unwrap().clone())
}

/// The answer with everything taken out that differs from run to run.
fn answer(outcome: &Result<Value, Failure>, live: Option<&Value>, steps: &str) -> Value {
    match outcome {
        Ok(object) => {
            let mut object = object.clone();
            let metadata = object["metadata"].as_object_mut().unwrap();
            for field in ["uid", "creationTimestamp", "resourceVersion"] {
                metadata.remove(field);
            }
            let entries = metadata.get_mut("managedFields").and_then(Value::as_array_mut);
            for time in entries.into_iter().flatten().filter_map(|entry| entry.get_mut("time")) {
                *time = json!("T");
            }
            if object["kind"] == "Service" {
                hide_allocated(&mut object["spec"], steps);
            }
            let known = live.is_some();
            json!({"code": if known { 200 } else { 201 }, "object": object})
        }
        Err(failure) => {
            let mut status = failure.to_status();
            let map = status.as_object_mut().unwrap();
            map.retain(|name, _| matches!(name.as_str(), "reason" | "message" | "details"));
            json!({"code": failure.code, "status": status})
        }
    }
}

fn hide_allocated(spec: &mut Value, steps: &str) {
    let ip = spec["clusterIP"].as_str().unwrap_or_default().to_owned();
    if !ip.is_empty() && ip != "None" && ip != "10.0.0.0" && !steps.contains(&ip) {
        spec["clusterIP"] = json!("IP");
        spec["clusterIPs"] = json!(["IP"]);
    }
    let hide = |port: &mut Value| {
        if let Some(number) = port.as_i64().filter(|number| *number < 32768)
            && !steps.contains(&format!("\"nodePort\":{number}"))
        {
            *port = json!("PORT");
        }
    };
    if let Some(port) = spec.get_mut("healthCheckNodePort") {
        hide(port);
    }
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(port) = port.get_mut("nodePort") {
            hide(port);
        }
    }
}

/// The server's order of causes varies, and some texts carry Go's dump of the object.
fn comparable(mut answer: Value) -> Value {
    let cut = |text: &str| {
        let text = text.split("\n@@").next().unwrap_or_default().trim_end();
        let text = text.split(": Invalid value: {\"Capabilities\"").next().unwrap_or_default();
        let text = text.split("Invalid value: \"10.0.").next().unwrap_or_default();
        json!(text)
    };
    if let Some(causes) = answer.pointer_mut("/status/details/causes").and_then(Value::as_array_mut) {
        for cause in causes.iter_mut() {
            let message = cut(cause["message"].as_str().unwrap());
            cause["message"] = match message.as_str() {
                Some(text) if text.starts_with("Invalid value: {\"") => json!(text.split('{').next()),
                _ => message,
            };
        }
        causes.sort_by_key(ToString::to_string);
        let several = causes.len() > 1;
        let message = answer["status"]["message"].as_str().unwrap();
        // The text holds the same causes once more.
        answer["status"]["message"] = match message.split_once(" is invalid: ") {
            Some((subject, _)) if several => json!(subject),
            _ => match cut(message).as_str().unwrap().split_once(": Invalid value: {") {
                Some((before, _)) => json!(before),
                None => cut(message),
            },
        };
    }
    // A body without a namespace is named without one.
    if let Some(message) = answer.pointer_mut("/status/message") {
        *message = json!(message.as_str().unwrap().replacen(" object (n/", " object (/", 1));
    }
    answer
}

#[test]
fn answers_are_those_of_a_real_server() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("recorded.json")).unwrap();
    let mut wrong = Vec::new();
    let mut steps_seen = 0;
    for case in &cases {
        let (api_version, name) = case["kind"].as_str().unwrap().rsplit_once('/').unwrap();
        let kind = table().kind(api_version, name).unwrap();
        let bodies: Vec<&Value> = case["steps"].as_array().unwrap().iter().map(|step| &step["body"]).collect();
        let all = json!(bodies).to_string();
        let mut live: Option<Value> = None;
        for (at, step) in case["steps"].as_array().unwrap().iter().enumerate() {
            steps_seen += 1;
            let outcome = write(kind, live.as_ref(), step, 100 + u64::try_from(at).unwrap());
            let found = comparable(answer(&outcome, live.as_ref(), &all));
            let expected = comparable(step["answer"].clone());
            if found != expected {
                wrong.push(format!("{} / step {at}\n{}", text(case, "name"), difference(&expected, &found)));
            }
            if let (Ok(object), false) = (outcome, step["dry"] == json!(true)) {
                live = Some(object);
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {steps_seen} answers differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(steps_seen > 500);
}

fn difference(expected: &Value, found: &Value) -> String {
    let lines = |value: &Value| serde_json::to_string_pretty(value).unwrap();
    let (old, new) = (lines(expected), lines(found));
    similar::TextDiff::from_lines(&old, &new).unified_diff().context_radius(2).header("server", "sandbox").to_string()
}
