//! ConfigMaps.

use serde_json::Value;

use crate::{
    objects::Cause,
    strategy::Strategy,
    validation::{
        config_data::{MOST, check_frozen, decoded_length},
        names::config_key_problem,
        read::map,
    },
};
use iriskit_kubernetes::schema::Kind;

#[derive(Debug)]
pub(super) struct ConfigMap;

impl Strategy for ConfigMap {
    fn kind(&self) -> (&'static str, &'static str) {
        ("v1", "ConfigMap")
    }

    fn validate(&self, object: &Value, _live: Option<&Value>, causes: &mut Vec<Cause>) {
        check(object, causes);
    }

    fn validate_update(&self, _kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
        check_frozen(live, object, causes);
    }
}

fn check(object: &Value, causes: &mut Vec<Cause>) {
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
