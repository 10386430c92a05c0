//! Fields that can't be changed in place, found before the server is asked, since it does not name them.
//!
//! Rules: kubernetes-facts §6, found by experiment on Kubernetes 1.36.

use serde_json::Value;

use crate::{
    diff::differences,
    schema::{Kind, get, leaves},
};

/// How an object comes to another value of an immutable field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplaceMode {
    /// Deleted, then made again.
    DeleteCreate,
    /// A StatefulSet deleted without its pods, then made again; the new one adopts them.
    OrphanRecreate,
    /// Not at all: data would be lost, or it makes no sense.
    Refused,
}

/// A needed replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The fields that force it (`spec.serviceName`).
    pub paths: Vec<String>,
    /// How.
    pub mode: ReplaceMode,
}

/// The immutable fields by kind: a prefix of the path, and the way out.
fn table(kind: &str) -> &'static [(&'static str, ReplaceMode)] {
    use ReplaceMode::{DeleteCreate, OrphanRecreate, Refused};
    match kind {
        "StatefulSet" => &[
            ("spec.serviceName", OrphanRecreate),
            ("spec.podManagementPolicy", OrphanRecreate),
            ("spec.volumeClaimTemplates", OrphanRecreate),
            ("spec.selector", Refused),
        ],
        "RoleBinding" => &[("roleRef", DeleteCreate)],
        "Secret" => &[("type", DeleteCreate)],
        "Service" => &[("spec.clusterIP", DeleteCreate), ("spec.loadBalancerClass", DeleteCreate)],
        "StorageClass" => &[
            ("provisioner", DeleteCreate),
            ("parameters", DeleteCreate),
            ("reclaimPolicy", DeleteCreate),
            ("volumeBindingMode", DeleteCreate),
        ],
        "PersistentVolumeClaim" => {
            &[("spec.storageClassName", Refused), ("spec.accessModes", Refused), ("spec.volumeName", Refused)]
        }
        _ => &[],
    }
}

/// What of `body` can't be applied to `live` in place. Fields that `body` leaves out count only where leaving them out
/// is a change (a claim template that goes).
pub(super) fn replacement(kind: &Kind, body: &Value, live: &Value) -> Option<Replacement> {
    let mut paths = Vec::new();
    let mut mode = ReplaceMode::DeleteCreate;
    let rules = table(kind.kind);
    let mut note = |path: String, rule: ReplaceMode| {
        if !paths.contains(&path) {
            paths.push(path);
        }
        mode = if mode == ReplaceMode::Refused { mode } else { rule };
    };
    if let (Some(wanted), Some(found)) = (claim_templates(body), claim_templates(live)) {
        let wanted_templates = serde_json::json!({"spec": {"volumeClaimTemplates": comparable(wanted)}});
        let found_templates = serde_json::json!({"spec": {"volumeClaimTemplates": comparable(found)}});
        if !differences(kind, &found_templates, &wanted_templates).is_empty() {
            note("spec.volumeClaimTemplates".to_owned(), ReplaceMode::OrphanRecreate);
        }
    }
    for (path, value) in leaves(kind, body) {
        let human = path.to_human();
        let Some((_, rule)) = rules.iter().find(|(prefix, _)| under(&human, prefix)) else { continue };
        if under(&human, "spec.volumeClaimTemplates") {
            continue;
        }
        let same = get(kind, live, &path)
            .is_some_and(|found| crate::schema::equal_after_canonicalisation(kind, &path, value, found));
        if !same {
            note(human, *rule);
        }
    }
    if frozen(kind, body, live) {
        note("data".to_owned(), ReplaceMode::DeleteCreate);
    }
    (!paths.is_empty()).then_some(Replacement { paths, mode })
}

/// Whether an immutable ConfigMap or Secret would get other data.
fn frozen(kind: &Kind, body: &Value, live: &Value) -> bool {
    matches!(kind.kind, "ConfigMap" | "Secret")
        && live.get("immutable") == Some(&Value::Bool(true))
        && (["data", "binaryData"].iter().any(|member| body.get(*member) != live.get(*member))
            || body.get("immutable") != Some(&Value::Bool(true)))
}

fn claim_templates(object: &Value) -> Option<&Vec<Value>> {
    object.pointer("/spec/volumeClaimTemplates")?.as_array()
}

/// What of the claim templates the server compares: without what it fills in itself.
fn comparable(templates: &[Value]) -> Vec<Value> {
    let strip = |template: &Value| {
        let mut template = template.clone();
        if let Some(members) = template.as_object_mut() {
            members.retain(|name, _| name == "metadata" || name == "spec");
        }
        if let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut)
            && spec.get("volumeMode") == Some(&Value::from("Filesystem"))
        {
            spec.remove("volumeMode");
        }
        template
    };
    templates.iter().map(strip).collect()
}

fn under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(kind: (&str, &str), body: &Value, live: &Value) -> Option<(Vec<String>, ReplaceMode)> {
        let kind = crate::schema::table().kind(kind.0, kind.1).unwrap();
        replacement(kind, body, live).map(|found| (found.paths, found.mode))
    }

    #[test]
    fn a_claim_template_of_another_size_is_found_and_one_in_another_spelling_is_not() {
        let set = |size: &str, filled: bool| {
            let mut template =
                json!({"metadata": {"name": "iris-data"}, "spec": {"resources": {"requests": {"storage": size}}}});
            if filled {
                template["spec"]["volumeMode"] = json!("Filesystem");
                template["status"] = json!({"phase": "Pending"});
                template["kind"] = json!("PersistentVolumeClaim");
            }
            json!({"spec": {"volumeClaimTemplates": [template]}})
        };
        let kind = ("apps/v1", "StatefulSet");
        assert_eq!(check(kind, &set("1Gi", false), &set("1Gi", true)), None);
        assert_eq!(check(kind, &set("1024Mi", false), &set("1Gi", true)), None);
        assert_eq!(
            check(kind, &set("2Gi", false), &set("1Gi", true)),
            Some((vec!["spec.volumeClaimTemplates".into()], ReplaceMode::OrphanRecreate))
        );
    }

    #[test]
    fn a_role_reference_is_replaced_and_a_selector_is_refused() {
        let binding =
            |role: &str| json!({"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role}});
        let kind = ("rbac.authorization.k8s.io/v1", "RoleBinding");
        assert_eq!(check(kind, &binding("a"), &binding("a")), None);
        assert_eq!(check(kind, &binding("b"), &binding("a")).map(|found| found.1), Some(ReplaceMode::DeleteCreate));
        let set = |value: &str| json!({"spec": {"selector": {"matchLabels": {"a": value}}, "serviceName": value}});
        assert_eq!(
            check(("apps/v1", "StatefulSet"), &set("x"), &set("y")).map(|found| found.1),
            Some(ReplaceMode::Refused)
        );
    }

    #[test]
    fn an_immutable_config_map_is_replaced_only_when_its_data_change() {
        let map = |value: &str| json!({"immutable": true, "data": {"a": value}});
        let kind = ("v1", "ConfigMap");
        assert_eq!(check(kind, &map("1"), &map("1")), None);
        assert_eq!(check(kind, &map("2"), &map("1")), Some((vec!["data".into()], ReplaceMode::DeleteCreate)));
    }
}
