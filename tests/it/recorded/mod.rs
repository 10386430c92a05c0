//! Writes and what a real API server answered to them, one after the other on one object: `answers.json`, a case a line.
//! The sandbox must answer the same, and the answers must still be those of the control plane.

mod plane;
mod sandbox;

use iriskit_kubernetes::schema::{Kind, table};
use serde_json::{Value, json};

const FILE: &str = "tests/it/recorded/answers.json";

fn cases() -> Vec<Value> {
    serde_json::from_str(include_str!("answers.json")).unwrap()
}

fn text<'a>(step: &'a Value, name: &str) -> &'a str {
    step[name].as_str().unwrap_or_default()
}

fn flag(step: &Value, name: &str) -> bool {
    step[name] == json!(true)
}

/// The path of the objects of a case.
fn collection(case: &Value, namespace: &str) -> (&'static Kind, String) {
    let (group_version, kind) = text(case, "kind").rsplit_once('/').unwrap();
    let kind = table().kind(group_version, kind).unwrap();
    let root = if kind.group.is_empty() { "api" } else { "apis" };
    let around = if kind.namespaced { format!("/namespaces/{namespace}") } else { String::new() };
    (kind, format!("/{root}/{group_version}{around}/{}", kind.plural))
}

/// Method, path and media type of a step.
fn request(collection: &str, name: &str, step: &Value) -> (&'static str, String, &'static str) {
    let mut query = format!("?fieldManager={}", text(step, "manager"));
    for (is, parameter) in [(flag(step, "dry"), "&dryRun=All"), (flag(step, "force"), "&force=true")] {
        if is {
            query += parameter;
        }
    }
    query += if flag(step, "strict") { "&fieldValidation=Strict" } else { "&fieldValidation=Warn" };
    let object = format!("{collection}/{}", name.replace(' ', "%20"));
    let json = "application/json";
    let merge = "application/merge-patch+json";
    match text(step, "do") {
        "apply" => ("PATCH", object + &query, "application/apply-patch+yaml"),
        "create" => ("POST", collection.to_owned() + &query, json),
        "replace" => ("PUT", object + &query, json),
        "merge" => ("PATCH", object + &query, merge),
        "json" => ("PATCH", object + &query, "application/json-patch+json"),
        "delete" => ("DELETE", object, json),
        part @ ("status" | "scale") => ("PATCH", format!("{object}/{part}{query}"), merge),
        other => panic!("no such step: {other}"),
    }
}

/// The steps of a case, and the text of all their bodies.
fn steps(case: &Value) -> (&[Value], String) {
    let steps = case["steps"].as_array().unwrap();
    let bodies: Vec<&Value> = steps.iter().map(|step| &step["body"]).collect();
    (steps, json!(bodies).to_string())
}

/// An answer without what differs from run to run: uids, versions, times, and what the server allocated.
fn answer(code: u16, body: Value, bodies: &str) -> Value {
    if code >= 400 {
        let mut status = body;
        if let Some(map) = status.as_object_mut() {
            map.retain(|name, _| matches!(name.as_str(), "reason" | "message" | "details"));
        }
        return json!({"code": code, "status": status});
    }
    let mut object = body;
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in ["uid", "creationTimestamp", "resourceVersion"] {
            metadata.remove(field);
        }
        if let Some(time) = metadata.get_mut("deletionTimestamp") {
            *time = json!("T");
        }
        let entries = metadata.get_mut("managedFields").and_then(Value::as_array_mut);
        for time in entries.into_iter().flatten().filter_map(|entry| entry.get_mut("time")) {
            *time = json!("T");
        }
    }
    if object["kind"] == "Service" {
        hide_allocated(&mut object["spec"], bodies);
    }
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        status.remove("lastPhaseTransitionTime");
    }
    json!({"code": code, "object": object})
}

fn hide_allocated(spec: &mut Value, bodies: &str) {
    let ip = spec["clusterIP"].as_str().unwrap_or_default().to_owned();
    if !ip.is_empty() && ip != "None" && ip != "10.0.0.0" && !bodies.contains(&ip) {
        spec["clusterIP"] = json!("IP");
        spec["clusterIPs"] = json!(["IP"]);
    }
    let hide = |port: &mut Value| {
        if let Some(number) = port.as_i64().filter(|number| *number < 32768)
            && !bodies.contains(&format!("\"nodePort\":{number}"))
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

/// The answer without what is not held equal: messages, but for whom a conflict is with, and the order of causes.
fn comparable(mut answer: Value) -> Value {
    if let Some(status) = answer.get_mut("status").and_then(Value::as_object_mut) {
        status.remove("message");
    }
    if let Some(causes) = answer.pointer_mut("/status/details/causes").and_then(Value::as_array_mut) {
        for cause in causes.iter_mut().filter(|cause| cause["reason"] != "FieldManagerConflict") {
            cause.as_object_mut().unwrap().remove("message");
        }
        causes.sort_by_key(ToString::to_string);
    }
    // Times are hidden, so the order that follows them is as well.
    if let Some(entries) = answer.pointer_mut("/object/metadata/managedFields").and_then(Value::as_array_mut) {
        entries.sort_by_key(|entry| {
            [&entry["operation"], &entry["manager"], &entry["subresource"]].map(ToString::to_string)
        });
    }
    answer
}

/// What differs, in lines.
fn difference(expected: &Value, found: &Value) -> String {
    let lines = |value: &Value| serde_json::to_string_pretty(value).unwrap();
    let (old, new) = (lines(expected), lines(found));
    similar::TextDiff::from_lines(&old, &new).unified_diff().context_radius(2).header("recorded", "found").to_string()
}
