//! What a decision rests on is looked at again right before the write.

use std::sync::atomic::{AtomicBool, Ordering};

use iriskit_core::plan::SecretValues;
use serde_json::{Value, json};

use super::{Bench, MIRRORED, slow};
use crate::apply::{ApplyError, ApplyOptions, Event, run};
use crate::survey::Planned;
use iriskit_state::plan::Plan;

/// Applies a plan, and makes an object when a stage begins.
async fn while_somebody_makes(
    bench: &Bench,
    (plan, secret_values): (&Plan, &SecretValues),
    stage_name: &str,
    (path, object): (&str, &Value),
) -> Result<crate::apply::Report, ApplyError> {
    let done = AtomicBool::new(false);
    let allow = plan.allowances.iter().map(|allowance| allowance.name).collect();
    let options = ApplyOptions { allow, ..ApplyOptions::default() };
    run(&bench.cluster, plan, secret_values, &options, |event| {
        let Event::StageStarted { stage, .. } = &event else { return };
        if stage == stage_name && !done.swap(true, Ordering::SeqCst) {
            let request = http::Request::post(path)
                .header("content-type", "application/json")
                .header("user-agent", "kubectl-create")
                .body(bytes::Bytes::from(object.to_string()))
                .unwrap();
            let answer = futures::FutureExt::now_or_never(bench.sandbox.call(request));
            assert_eq!(answer.map(|answer| answer.status().as_u16()), Some(201));
        }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn the_shared_service_stays_for_a_user_that_came_meanwhile() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let plan = bench.plan_destroy(false).await;
    let last = plan.stages.last().expect("a stage").name.to_string();
    let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "theirs"},
        "spec": {"serviceName": "iris-svc", "replicas": 0, "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "a"}]}}}});
    let path = "/apis/apps/v1/namespaces/default/statefulsets";
    let error = while_somebody_makes(&bench, (&plan, &SecretValues::default()), &last, (path, &set)).await.unwrap_err();
    let ApplyError::MidwayStale { moved, .. } = error else { panic!("{error}") };
    assert_eq!((moved[0].field.as_str(), moved[0].who.as_deref()), ("users", Some("kubectl-create")));
    assert!(bench.get("Service", "iris-svc").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_shared_service_may_be_made_by_another_cluster() {
    for stage in [None, Some("prerequisites")] {
        let bench = Bench::new();
        let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "iris-svc"},
            "spec": {"clusterIP": "None", "publishNotReadyAddresses": true, "selector": {"intersystems.com/kind": "IrisCluster"}}});
        let path = "/api/v1/namespaces/default/services";
        if let Some(stage) = stage {
            while_somebody_makes(&bench, (&plan, &secret_values), stage, (path, &service)).await.unwrap();
        } else {
            let request = http::Request::post(path).header("content-type", "application/json");
            bench.sandbox.call(request.body(bytes::Bytes::from(service.to_string())).unwrap()).await;
            bench.apply(&plan, &secret_values).await.unwrap();
        }
        assert!(bench.get("StatefulSet", "hospital-data-0").await.is_some());
    }
}

/// The compute nodes come after the mirror is ready, half a minute later: a claim of that name would be old data by then.
#[tokio::test(start_paused = true)]
async fn a_claim_that_appears_while_others_are_waited_for_is_not_mounted() {
    let bench = Bench::with(slow());
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "iris-data-hospital-compute-0"},
        "spec": {"storageClassName": "", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    let path = "/api/v1/namespaces/default/persistentvolumeclaims";
    let error = while_somebody_makes(&bench, (&plan, &secret_values), "data", (path, &claim)).await.unwrap_err();
    let ApplyError::MidwayStale { moved, .. } = error else { panic!("{error}") };
    assert_eq!(moved[0].address, "PersistentVolumeClaim/default/iris-data-hospital-compute-0");
    assert!(bench.get("StatefulSet", "hospital-compute").await.is_none());
    assert!(bench.get("StatefulSet", "hospital-data-0").await.is_some());
}
