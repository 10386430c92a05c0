//! Secrets.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::{
    fields,
    objects::Cause,
    strategy::Strategy,
    validation::{
        config_data::{MOST, check_frozen, decoded_length},
        names::config_key_problem,
        read::{map, text},
    },
};
use iriskit_kubernetes::schema::Kind;

#[derive(Debug)]
pub(super) struct Secret;

impl Strategy for Secret {
    fn kind(&self) -> (&'static str, &'static str) {
        ("v1", "Secret")
    }

    fn selectable_fields(&self) -> &'static [&'static str] {
        &["type"]
    }

    fn set_defaults(&self, secret: &mut Value) {
        fold_string_data(secret);
    }

    fn validate(&self, object: &Value, _live: Option<&Value>, causes: &mut Vec<Cause>) {
        check(object, causes);
    }

    fn validate_update(&self, _kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
        if text(live, "type") != text(object, "type") {
            causes.push(Cause::invalid("type", text(object, "type"), "field is immutable"));
        }
        check_frozen(live, object, causes);
    }
}

/// Secrets take texts too: they are data in another spelling.
fn fold_string_data(secret: &mut Value) {
    let Some(Value::Object(texts)) = secret.as_object_mut().and_then(|secret| secret.remove("stringData")) else {
        return;
    };
    let Some(data) = fields::object(secret, &["data"]) else { return };
    for (key, value) in texts {
        let bytes = value.as_str().unwrap_or_default().as_bytes();
        data.insert(key, Value::from(STANDARD.encode(bytes)));
    }
}

fn check(object: &Value, causes: &mut Vec<Cause>) {
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
