//! Claim templates of a StatefulSet: which of their fields change, and which pods lack a claim of them.

use std::collections::BTreeSet;

use iriskit_state::plan::{FieldChange, Origin};
use serde_json::Value;

use crate::diff::differences;
use iriskit_kubernetes::{
    schema::table,
    views::{Claim, Pod, StatefulSet},
};

/// The changed fields of claim templates, by the templates' names. Empty when the server sees no change.
pub(crate) fn fields(before: &Value, after: &Value) -> Vec<FieldChange> {
    let Some(kind) = table().kind("v1", "PersistentVolumeClaim") else { return Vec::new() };
    let (before, after) = (StatefulSet::new(before), StatefulSet::new(after));
    let all = before.claim_templates().into_iter().chain(after.claim_templates());
    let names: BTreeSet<&str> = all.map(|template| template.name()).collect();
    let mut found = Vec::new();
    for name in names {
        let at = format!("spec.volumeClaimTemplates[{name}]");
        let (then, now) = (before.claim_template(name).map(comparable), after.claim_template(name).map(comparable));
        match (then, now) {
            (Some(then), Some(now)) => found.extend(differences(kind, &then, &now).into_iter().map(|difference| {
                change(format!("{at}.{}", difference.path.to_human()), difference.before, difference.after)
            })),
            (then, now) => found.push(change(at, then, now)),
        }
    }
    found
}

fn change(path: String, before: Option<Value>, after: Option<Value>) -> FieldChange {
    FieldChange {
        path,
        before: before.unwrap_or_default(),
        after: after.unwrap_or_default(),
        sensitive: false,
        origin: Origin::Manifest,
        by: None,
        at: None,
    }
}

/// What of a claim template the server compares: without what it secret_values in itself.
pub(super) fn comparable(template: Claim<'_>) -> Value {
    let mut template = template.value().clone();
    if let Some(members) = template.as_object_mut() {
        members.retain(|name, _| name == "metadata" || name == "spec");
    }
    if let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut)
        && spec.get("volumeMode") == Some(&Value::from("Filesystem"))
    {
        spec.remove("volumeMode");
    }
    template
}

/// The templates of a set whose claim a pod of it does not have.
pub(crate) fn missing_in(set: &Value, pod: &Value) -> Vec<String> {
    StatefulSet::new(set).missing_claims(Pod::new(pod)).into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(template: &str) -> Value {
        json!({"spec": {"volumeClaimTemplates": [{"metadata": {"name": template}}]}})
    }

    #[test]
    fn added_and_removed_templates_are_fields() {
        let paths: Vec<String> = fields(&set("a"), &set("b")).into_iter().map(|field| field.path).collect();
        assert_eq!(paths, ["spec.volumeClaimTemplates[a]", "spec.volumeClaimTemplates[b]"]);
    }

    #[test]
    fn a_pod_without_a_claim_of_the_templates_does_not_fit() {
        let pod = |claim: &str| {
            json!({"metadata": {"name": "s-1"}, "spec": {"volumes": [
                {"name": "d", "persistentVolumeClaim": {"claimName": claim}}, {"name": "e", "emptyDir": {}}]}})
        };
        let wanted = set("d");
        assert_eq!(missing_in(&wanted, &pod("d-s-1")), Vec::<String>::new());
        assert_eq!(missing_in(&wanted, &pod("d-s-0")), ["d"]);
        assert_eq!(missing_in(&set("e"), &pod("d-s-1")), ["e"]);
    }
}
