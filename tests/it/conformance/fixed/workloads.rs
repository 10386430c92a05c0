//! What makes pods.

use serde_json::{Value, json};

use super::case::{Case, Changes, spec};

/// A spec with a selector and a template that fits it and another one.
fn workload(more: &Value) -> Value {
    let mut object = spec(json!({
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b", "c": "d"}},
            "spec": {"containers": [{"name": "i", "image": "i:1"}], "nodeSelector": {"no": "node"}},
        },
    }));
    for (name, value) in more.as_object().expect("an object") {
        object["spec"][name] = value.clone();
    }
    object
}

fn other_selector() -> Value {
    spec(json!({"selector": {"matchLabels": {"c": "d"}}}))
}

fn other_template() -> Value {
    spec(json!({"template": {"metadata": {"labels": {"e": "f"}}}}))
}

fn template_of_a_claim(size: &str) -> Value {
    json!([{"metadata": {"name": "data"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}}])
}

fn sets() -> Changes {
    Changes::of(
        "apps/v1",
        "StatefulSet",
        workload(&json!({"replicas": 0, "serviceName": "a", "volumeClaimTemplates": template_of_a_claim("1Gi")})),
    )
    .fixed("spec.selector", other_selector())
    .fixed("spec.serviceName", spec(json!({"serviceName": "b"})))
    .fixed("spec.serviceName", spec(json!({"serviceName": null})))
    .fixed("spec.podManagementPolicy", spec(json!({"podManagementPolicy": "Parallel"})))
    .fixed("spec.volumeClaimTemplates", spec(json!({"volumeClaimTemplates": template_of_a_claim("2Gi")})))
    .fixed("spec.volumeClaimTemplates", spec(json!({"volumeClaimTemplates": null})))
    .fixed_after(
        spec(json!({"podManagementPolicy": "Parallel"})),
        "spec.podManagementPolicy",
        spec(json!({"podManagementPolicy": null})),
    )
    .free("spec.volumeClaimTemplates", spec(json!({"volumeClaimTemplates": template_of_a_claim("1024Mi")})))
    .free("spec.replicas", spec(json!({"replicas": 1})))
    .free("spec.replicas", spec(json!({"replicas": null})))
    .free("spec.ordinals", spec(json!({"ordinals": {"start": 2}})))
    .free("spec.template", other_template())
    .free("spec.updateStrategy", spec(json!({"updateStrategy": {"rollingUpdate": {"partition": 1}}})))
    .free("spec.revisionHistoryLimit", spec(json!({"revisionHistoryLimit": 3})))
    .free(
        "spec.persistentVolumeClaimRetentionPolicy",
        spec(json!({"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}})),
    )
    .free("spec.minReadySeconds", spec(json!({"minReadySeconds": 3})))
}

fn jobs() -> Changes {
    let job = spec(json!({
        "suspend": true, "completions": 2, "parallelism": 2,
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "i", "image": "i:1"}]}},
    }));
    let rule = json!({"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [3]}}]});
    Changes::of("batch/v1", "Job", job.clone())
        .fixed("spec.template", spec(json!({"template": {"spec": {"containers": [{"name": "i", "image": "i:2"}]}}})))
        .fixed("spec.completions", spec(json!({"completions": 3})))
        .fixed("spec.completionMode", spec(json!({"completionMode": "Indexed"})))
        .fixed("spec.podFailurePolicy", spec(json!({"podFailurePolicy": rule})))
        .fixed("spec.managedBy", spec(json!({"managedBy": "a.example/b"})))
        .fixed_after(
            spec(json!({"manualSelector": true, "selector": {"matchLabels": {"a": "b"}},
                "template": {"metadata": {"labels": {"a": "b", "c": "d"}}}})),
            "spec.selector",
            other_selector(),
        )
        .free("spec.activeDeadlineSeconds", spec(json!({"activeDeadlineSeconds": 9})))
        .free("spec.backoffLimit", spec(json!({"backoffLimit": 9})))
        .free("spec.parallelism", spec(json!({"parallelism": 1})))
        .free("spec.suspend", spec(json!({"suspend": false})))
        .free("spec.ttlSecondsAfterFinished", spec(json!({"ttlSecondsAfterFinished": 9})))
        .free("spec.podReplacementPolicy", spec(json!({"podReplacementPolicy": "Failed"})))
        .free("spec.manualSelector", spec(json!({"manualSelector": true})))
        .free_after(
            spec(json!({"completionMode": "Indexed", "backoffLimitPerIndex": 1})),
            "spec.maxFailedIndexes",
            spec(json!({"maxFailedIndexes": 1})),
        )
        .fixed_after(
            spec(json!({"completionMode": "Indexed"})),
            "spec.backoffLimitPerIndex",
            spec(json!({"backoffLimitPerIndex": 1})),
        )
        .fixed_after(
            spec(json!({"completionMode": "Indexed"})),
            "spec.successPolicy",
            spec(json!({"successPolicy": {"rules": [{"succeededCount": 1}]}})),
        )
}

fn cron_jobs() -> Changes {
    let job = json!({"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "i", "image": "i:1"}]}}}});
    Changes::of("batch/v1", "CronJob", spec(json!({"schedule": "0 0 1 1 *", "suspend": true, "jobTemplate": job})))
        .free("spec.schedule", spec(json!({"schedule": "0 0 2 1 *"})))
        .free("spec.suspend", spec(json!({"suspend": false})))
        .free("spec.timeZone", spec(json!({"timeZone": "Etc/UTC"})))
        .free("spec.concurrencyPolicy", spec(json!({"concurrencyPolicy": "Forbid"})))
        .free("spec.startingDeadlineSeconds", spec(json!({"startingDeadlineSeconds": 9})))
        .free("spec.successfulJobsHistoryLimit", spec(json!({"successfulJobsHistoryLimit": 9})))
        .free("spec.failedJobsHistoryLimit", spec(json!({"failedJobsHistoryLimit": 9})))
        .free("spec.jobTemplate", spec(json!({"jobTemplate": {"spec": {"parallelism": 2}}})))
}

fn scalers() -> Changes {
    let target = |name: &str| json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name});
    let metrics = json!([{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}]);
    Changes::of(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        spec(json!({"scaleTargetRef": target("a"), "maxReplicas": 3})),
    )
    .free("spec.scaleTargetRef", spec(json!({"scaleTargetRef": target("b")})))
    .free("spec.maxReplicas", spec(json!({"maxReplicas": 4})))
    .free("spec.minReplicas", spec(json!({"minReplicas": 2})))
    .free("spec.metrics", spec(json!({"metrics": metrics})))
    .free("spec.behavior", spec(json!({"behavior": {"scaleDown": {"stabilizationWindowSeconds": 9}}})))
}

pub(super) fn cases() -> Vec<Case> {
    let parts = [
        sets(),
        Changes::of("apps/v1", "Deployment", workload(&json!({"replicas": 0})))
            .fixed("spec.selector", other_selector())
            .free("spec.replicas", spec(json!({"replicas": 1})))
            .free("spec.template", other_template())
            .free("spec.strategy", spec(json!({"strategy": {"rollingUpdate": {"maxSurge": 2}}})))
            .free("spec.minReadySeconds", spec(json!({"minReadySeconds": 3})))
            .free("spec.revisionHistoryLimit", spec(json!({"revisionHistoryLimit": 3})))
            .free("spec.paused", spec(json!({"paused": true})))
            .free("spec.progressDeadlineSeconds", spec(json!({"progressDeadlineSeconds": 300}))),
        Changes::of("apps/v1", "DaemonSet", workload(&json!({})))
            .fixed("spec.selector", other_selector())
            .free("spec.template", other_template())
            .free("spec.updateStrategy", spec(json!({"updateStrategy": {"type": "OnDelete"}})))
            .free("spec.minReadySeconds", spec(json!({"minReadySeconds": 3})))
            .free("spec.revisionHistoryLimit", spec(json!({"revisionHistoryLimit": 3}))),
        Changes::of("apps/v1", "ReplicaSet", workload(&json!({"replicas": 0})))
            .fixed("spec.selector", other_selector())
            .free("spec.template", other_template())
            .free("spec.replicas", spec(json!({"replicas": 1})))
            .free("spec.minReadySeconds", spec(json!({"minReadySeconds": 3}))),
        jobs(),
        cron_jobs(),
        scalers(),
    ];
    parts.into_iter().flat_map(Changes::done).collect()
}
