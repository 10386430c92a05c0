//! ControllerRevisions.

use serde_json::Value;

use crate::{objects::Cause, strategy::Strategy};
use iriskit_kubernetes::schema::Kind;

#[derive(Debug)]
pub(super) struct ControllerRevision;

impl Strategy for ControllerRevision {
    fn kind(&self) -> (&'static str, &'static str) {
        ("apps/v1", "ControllerRevision")
    }

    fn validate_update(&self, _kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
        if live.get("data") != object.get("data") {
            let value = object.get("data").cloned().unwrap_or_default();
            causes.push(Cause::invalid("data", value, "field is immutable"));
        }
    }
}
