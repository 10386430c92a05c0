//! RoleBindings.

use serde_json::Value;

use crate::{
    objects::Cause,
    strategy::Strategy,
    validation::{
        names::segment_problem,
        read::{items, text},
    },
};
use iriskit_kubernetes::schema::Kind;

const GROUP: &str = "rbac.authorization.k8s.io";

#[derive(Debug)]
pub(super) struct RoleBinding;

impl Strategy for RoleBinding {
    fn kind(&self) -> (&'static str, &'static str) {
        ("rbac.authorization.k8s.io/v1", "RoleBinding")
    }

    fn name_problem(&self, name: &str) -> Option<&'static str> {
        segment_problem(name)
    }

    fn allow_create_on_update(&self) -> bool {
        true
    }

    fn validate(&self, object: &Value, _live: Option<&Value>, causes: &mut Vec<Cause>) {
        check(object, causes);
    }

    fn validate_update(&self, _kind: &Kind, live: &Value, object: &Value, causes: &mut Vec<Cause>) {
        if live.get("roleRef") != object.get("roleRef") {
            let role = object.get("roleRef").cloned().unwrap_or_default();
            causes.push(Cause::invalid("roleRef", role, "cannot change roleRef"));
        }
    }
}

fn check(object: &Value, causes: &mut Vec<Cause>) {
    let role = object.get("roleRef").unwrap_or(&Value::Null);
    if text(role, "apiGroup") != GROUP {
        causes.push(Cause::not_supported("roleRef.apiGroup", text(role, "apiGroup"), &[GROUP]));
    }
    if !matches!(text(role, "kind"), "Role" | "ClusterRole") {
        causes.push(Cause::not_supported("roleRef.kind", text(role, "kind"), &["Role", "ClusterRole"]));
    }
    if text(role, "name").is_empty() {
        causes.push(Cause::required("roleRef.name", ""));
    }
    for (at, subject) in items(object, "subjects").iter().enumerate() {
        let at = format!("subjects[{at}]");
        if text(subject, "name").is_empty() {
            causes.push(Cause::required(format!("{at}.name"), ""));
        }
        let group = match text(subject, "kind") {
            "ServiceAccount" => "",
            "User" | "Group" => GROUP,
            other => {
                let kinds = ["ServiceAccount", "User", "Group"];
                causes.push(Cause::not_supported(format!("{at}.kind"), other, &kinds));
                continue;
            }
        };
        if text(subject, "apiGroup") != group {
            causes.push(Cause::not_supported(format!("{at}.apiGroup"), text(subject, "apiGroup"), &[group]));
        }
    }
}
