//! Roles and RoleBindings.

use serde_json::{Value, json};

use super::read::{items, text};
use crate::objects::cause::Cause;

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn check_role(object: &Value, causes: &mut Vec<Cause>) {
    for (at, rule) in items(object, "rules").iter().enumerate() {
        let at = format!("rules[{at}]");
        if items(rule, "verbs").is_empty() {
            causes.push(Cause::required(format!("{at}.verbs"), "verbs must contain at least one value"));
        }
        let paths = items(rule, "nonResourceURLs");
        if !paths.is_empty() {
            let what = "namespaced rules cannot apply to non-resource URLs";
            causes.push(Cause::invalid(format!("{at}.nonResourceURLs"), paths.to_vec(), what));
            continue;
        }
        if items(rule, "apiGroups").is_empty() {
            let what = "resource rules must supply at least one api group";
            causes.push(Cause::required(format!("{at}.apiGroups"), what));
        }
        if items(rule, "resources").is_empty() {
            let what = "resource rules must supply at least one resource";
            causes.push(Cause::required(format!("{at}.resources"), what));
        }
    }
}

pub(super) fn check_binding(object: &Value, causes: &mut Vec<Cause>) {
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

pub(super) fn check_binding_update(live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    if live.get("roleRef") == object.get("roleRef") {
        return;
    }
    let role = object.get("roleRef").unwrap_or(&Value::Null);
    let text = |name: &str| Value::from(text(role, name)).to_string();
    // In the order of Go's fields.
    let shown = format!(
        "Invalid value: {{\"APIGroup\":{},\"Kind\":{},\"Name\":{}}}: cannot change roleRef",
        text("apiGroup"),
        text("kind"),
        text("name")
    );
    causes.push(Cause { message: shown, ..Cause::invalid("roleRef", json!({}), "") });
}
