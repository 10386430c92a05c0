//! ConfigMaps, Secrets, and what limits and guards a namespace.

use serde_json::{Value, json};

use super::case::{Case, Changes, spec};

pub(super) fn cases() -> Vec<Case> {
    let frozen = |more: &Value| {
        let mut object = json!({"immutable": true, "data": {"a": "MQ=="}});
        for (name, value) in more.as_object().expect("an object") {
            object[name] = value.clone();
        }
        object
    };
    let parts = [
        Changes::of("v1", "ConfigMap", json!({"data": {"a": "1"}}))
            .free("data", json!({"data": {"a": "2"}}))
            .free("binaryData", json!({"binaryData": {"b": "MQ=="}}))
            .free("immutable", json!({"immutable": true}))
            .from(frozen(&json!({"binaryData": {"b": "MQ=="}})))
            .fixed("data", json!({"data": {"a": "2"}}))
            .fixed("data", json!({"data": null}))
            .fixed("binaryData", json!({"binaryData": {"b": "Mg=="}}))
            .fixed("binaryData", json!({"binaryData": null}))
            .fixed("immutable", json!({"immutable": null}))
            .fixed("immutable", json!({"immutable": false})),
        Changes::of("v1", "Secret", json!({"type": "a.example/b", "data": {"a": "MQ=="}}))
            .fixed("type", json!({"type": "a.example/c"}))
            .fixed("type", json!({"type": null}))
            .free("data", json!({"data": {"a": "Mg=="}}))
            .free("stringData", json!({"stringData": {"b": "2"}}))
            .free("immutable", json!({"immutable": true}))
            .from(frozen(&json!({})))
            .fixed("data", json!({"data": {"a": "Mg=="}}))
            .fixed("immutable", json!({"immutable": null})),
        Changes::of("v1", "ResourceQuota", spec(json!({"hard": {"pods": "4"}, "scopes": ["NotTerminating"]})))
            .fixed("spec.scopes", spec(json!({"scopes": ["Terminating"]})))
            .fixed("spec.scopes", spec(json!({"scopes": null})))
            .free_after(
                spec(json!({"scopes": null})),
                "spec.scopeSelector",
                spec(
                    json!({"scopeSelector": {"matchExpressions": [{"scopeName": "BestEffort", "operator": "Exists"}]}}),
                ),
            )
            .free("spec.hard", spec(json!({"hard": {"pods": "5"}}))),
        Changes::of("v1", "LimitRange", spec(json!({"limits": [{"type": "Container", "max": {"cpu": "1"}}]})))
            .free("spec.limits", spec(json!({"limits": [{"type": "Pod", "max": {"cpu": "2"}}]}))),
        Changes::of(
            "policy/v1",
            "PodDisruptionBudget",
            spec(json!({"maxUnavailable": 1, "selector": {"matchLabels": {"a": "b"}}})),
        )
        .free("spec.maxUnavailable", spec(json!({"maxUnavailable": 2})))
        .free("spec.minAvailable", spec(json!({"maxUnavailable": null, "minAvailable": 1})))
        .free("spec.selector", spec(json!({"selector": {"matchLabels": {"a": "c"}}})))
        .free("spec.unhealthyPodEvictionPolicy", spec(json!({"unhealthyPodEvictionPolicy": "AlwaysAllow"}))),
        Changes::of("coordination.k8s.io/v1", "Lease", spec(json!({"holderIdentity": "a", "leaseDurationSeconds": 9})))
            .free("spec.holderIdentity", spec(json!({"holderIdentity": "b"})))
            .free("spec.leaseDurationSeconds", spec(json!({"leaseDurationSeconds": 8})))
            .free("spec.leaseTransitions", spec(json!({"leaseTransitions": 1})))
            .free("spec.strategy", spec(json!({"strategy": "OldestEmulationVersion"})))
            .free_after(
                spec(json!({"strategy": "OldestEmulationVersion"})),
                "spec.preferredHolder",
                spec(json!({"preferredHolder": "b"})),
            )
            .free("spec.acquireTime", spec(json!({"acquireTime": "2026-01-01T00:00:00.000000Z"})))
            .free("spec.renewTime", spec(json!({"renewTime": "2026-01-01T00:00:00.000000Z"}))),
    ];
    parts.into_iter().flat_map(Changes::done).collect()
}
