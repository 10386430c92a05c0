//! Roles.

use serde_json::Value;

use crate::{
    objects::Cause,
    strategy::Strategy,
    validation::{names::segment_problem, read::items},
};

#[derive(Debug)]
pub(super) struct Role;

impl Strategy for Role {
    fn kind(&self) -> (&'static str, &'static str) {
        ("rbac.authorization.k8s.io/v1", "Role")
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
}

fn check(object: &Value, causes: &mut Vec<Cause>) {
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
