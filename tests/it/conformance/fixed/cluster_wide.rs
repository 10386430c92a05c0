//! Classes and other kinds without a namespace.

use serde_json::json;

use super::case::{Case, Changes, spec};

pub(super) fn cases() -> Vec<Case> {
    let pods = |value: &str| json!([{"matchLabelExpressions": [{"key": "zone", "values": [value]}]}]);
    let parts = [
        Changes::of(
            "storage.k8s.io/v1",
            "StorageClass",
            json!({"provisioner": "a.example/b", "parameters": {"a": "b"}}),
        )
        .fixed("provisioner", json!({"provisioner": "a.example/c"}))
        .fixed("parameters", json!({"parameters": {"a": "c"}}))
        .fixed("parameters", json!({"parameters": {"d": "e"}}))
        .fixed("parameters", json!({"parameters": null}))
        .fixed("reclaimPolicy", json!({"reclaimPolicy": "Retain"}))
        .fixed("volumeBindingMode", json!({"volumeBindingMode": "WaitForFirstConsumer"}))
        .fixed_after(json!({"reclaimPolicy": "Retain"}), "reclaimPolicy", json!({"reclaimPolicy": null}))
        .free("allowVolumeExpansion", json!({"allowVolumeExpansion": true}))
        .free("mountOptions", json!({"mountOptions": ["ro"]}))
        .free("allowedTopologies", json!({"allowedTopologies": pods("a")})),
        Changes::of(
            "storage.k8s.io/v1",
            "VolumeAttributesClass",
            json!({"driverName": "a.example", "parameters": {"a": "b"}}),
        )
        .fixed("driverName", json!({"driverName": "b.example"}))
        .fixed("parameters", json!({"parameters": {"a": "c"}})),
        Changes::of("storage.k8s.io/v1", "CSIDriver", spec(json!({"attachRequired": true})))
            .fixed("spec.attachRequired", spec(json!({"attachRequired": false})))
            .fixed("spec.volumeLifecycleModes", spec(json!({"volumeLifecycleModes": ["Ephemeral"]})))
            .free("spec.fsGroupPolicy", spec(json!({"fsGroupPolicy": "None"})))
            .free("spec.podInfoOnMount", spec(json!({"podInfoOnMount": true})))
            .free("spec.requiresRepublish", spec(json!({"requiresRepublish": true})))
            .free("spec.seLinuxMount", spec(json!({"seLinuxMount": true})))
            .free("spec.storageCapacity", spec(json!({"storageCapacity": true})))
            .free("spec.tokenRequests", spec(json!({"tokenRequests": [{"audience": "a"}]})))
            .free("spec.preventPodSchedulingIfMissing", spec(json!({"preventPodSchedulingIfMissing": true})))
            .free_after(
                spec(json!({"tokenRequests": [{"audience": "a"}]})),
                "spec.serviceAccountTokenInSecrets",
                spec(json!({"serviceAccountTokenInSecrets": true})),
            )
            .free("spec.nodeAllocatableUpdatePeriodSeconds", spec(json!({"nodeAllocatableUpdatePeriodSeconds": 20}))),
        Changes::of("scheduling.k8s.io/v1", "PriorityClass", json!({"value": 5}))
            .fixed("value", json!({"value": 6}))
            .fixed("preemptionPolicy", json!({"preemptionPolicy": "Never"}))
            .free("description", json!({"description": "x"}))
            .free("globalDefault", json!({"globalDefault": true})),
        Changes::of("node.k8s.io/v1", "RuntimeClass", json!({"handler": "a"}))
            .fixed("handler", json!({"handler": "b"}))
            .free("overhead", json!({"overhead": {"podFixed": {"cpu": "1m"}}}))
            .free("scheduling", json!({"scheduling": {"nodeSelector": {"a": "b"}}})),
    ];
    parts.into_iter().flat_map(Changes::done).collect()
}
