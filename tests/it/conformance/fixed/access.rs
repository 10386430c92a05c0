//! Bindings, roles and accounts.

use serde_json::{Value, json};

use super::case::{Case, Changes};

const GROUP: &str = "rbac.authorization.k8s.io";

fn binding(role: &str) -> Value {
    json!({
        "roleRef": {"apiGroup": GROUP, "kind": role, "name": "one"},
        "subjects": [{"kind": "User", "apiGroup": GROUP, "name": "a"}],
    })
}

pub(super) fn cases() -> Vec<Case> {
    let version = format!("{GROUP}/v1");
    let subject = json!({"subjects": [{"kind": "User", "apiGroup": GROUP, "name": "b"}]});
    let rules = json!({"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]});
    let other = json!({"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]});
    let parts = [
        Changes::of(&version, "RoleBinding", binding("Role"))
            .fixed("roleRef", json!({"roleRef": {"name": "two"}}))
            .fixed("roleRef", json!({"roleRef": {"kind": "ClusterRole"}}))
            .free("subjects", subject.clone()),
        Changes::of(&version, "ClusterRoleBinding", binding("ClusterRole"))
            .fixed("roleRef", json!({"roleRef": {"name": "two"}}))
            .free("subjects", subject),
        Changes::of(&version, "Role", rules.clone()).free("rules", other.clone()),
        Changes::of(&version, "ClusterRole", rules).free("rules", other).free(
            "aggregationRule",
            json!({"rules": null, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}),
        ),
        Changes::of("v1", "ServiceAccount", json!({}))
            .free("automountServiceAccountToken", json!({"automountServiceAccountToken": false}))
            .free("imagePullSecrets", json!({"imagePullSecrets": [{"name": "a"}]}))
            .free("secrets", json!({"secrets": [{"name": "a"}]})),
    ];
    parts.into_iter().flat_map(Changes::done).collect()
}
