//! How StatefulSets are treated.

use serde_json::Value;

use super::{scale, validate};
use crate::{
    objects::Cause,
    strategy::{Scale, Strategy},
    validation::{names::label_problem, warnings},
};
use iriskit_kubernetes::schema::Kind;

#[derive(Debug)]
pub(crate) struct StatefulSet;

impl Strategy for StatefulSet {
    fn kind(&self) -> (&'static str, &'static str) {
        ("apps/v1", "StatefulSet")
    }

    fn has_status(&self) -> bool {
        true
    }

    fn scale(&self) -> Option<Scale> {
        Some(Scale { read: scale::read, write: scale::write })
    }

    fn name_problem(&self, name: &str) -> Option<&'static str> {
        label_problem(name)
    }

    fn counts_generation(&self) -> bool {
        true
    }

    fn validate(&self, object: &Value, _live: Option<&Value>, causes: &mut Vec<Cause>) {
        validate::check(object, causes);
    }

    fn validate_update(&self, kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
        validate::check_update(kind, live, object, causes);
    }

    fn warnings(&self, set: &Value) -> Vec<String> {
        let spec = set.pointer("/spec/template/spec").unwrap_or(&Value::Null);
        warnings::of_pod_spec(spec, "spec.template.spec")
    }
}
