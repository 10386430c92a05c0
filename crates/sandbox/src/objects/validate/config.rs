//! ConfigMaps and Secrets.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{
    names::config_key_problem,
    read::{map, text},
};
use crate::objects::cause::Cause;

const MOST: usize = 1024 * 1024;

pub(super) fn check_config(object: &Value, causes: &mut Vec<Cause>) {
    let mut size = 0;
    for (key, value) in map(object, "data") {
        if let Some(problem) = config_key_problem(key) {
            causes.push(Cause::invalid(format!("data[{key}]"), key.as_str(), problem));
        }
        if map(object, "binaryData").any(|(other, _)| other == key) {
            causes.push(Cause::invalid(format!("data[{key}]"), key.as_str(), "duplicate of key present in binaryData"));
        }
        size += value.as_str().map_or(0, str::len);
    }
    for (key, value) in map(object, "binaryData") {
        if let Some(problem) = config_key_problem(key) {
            causes.push(Cause::invalid(format!("binaryData[{key}]"), key.as_str(), problem));
        }
        size += decoded_length(value);
    }
    if size > MOST {
        causes.push(Cause::too_long("[]", MOST));
    }
}

fn decoded_length(value: &Value) -> usize {
    value.as_str().and_then(|text| STANDARD.decode(text).ok()).map_or(0, |bytes| bytes.len())
}

pub(super) fn check_secret(object: &Value, causes: &mut Vec<Cause>) {
    let mut size = 0;
    for (key, value) in map(object, "data") {
        if let Some(problem) = config_key_problem(key) {
            causes.push(Cause::invalid(format!("data[{key}]"), key.as_str(), problem));
        }
        size += decoded_length(value);
    }
    if size > MOST {
        causes.push(Cause::too_long("data", MOST));
    }
    let required: &[&str] = match text(object, "type") {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        _ => &[],
    };
    for key in required {
        if !map(object, "data").any(|(known, _)| known == key) {
            causes.push(Cause::required(format!("data[{key}]"), ""));
        }
    }
}

pub(super) fn check_update(kind: &str, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    if kind == "Secret" && text(live, "type") != text(object, "type") {
        causes.push(Cause::invalid("type", text(object, "type"), "field is immutable"));
    }
    if live.get("immutable") != Some(&Value::Bool(true)) {
        return;
    }
    let what = "field is immutable when `immutable` is set";
    if object.get("immutable") != Some(&Value::Bool(true)) {
        causes.push(Cause::forbidden("immutable", what));
    }
    for field in ["data", "binaryData"] {
        let of = |object: &Value| object.get(field).cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        if of(live) != of(object) {
            causes.push(Cause::forbidden(field, what));
        }
    }
}
