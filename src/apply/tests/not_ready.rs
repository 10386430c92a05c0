//! What is not ready is waited for, whoever made it so, and however often apply is run.

use std::time::Duration;

use iriskit_state::plan::NotReadyState;
use serde_json::json;

use super::*;

/// Nothing restarts when an annotation of the pods is all that differs: it is set on the pod itself.
async fn hold(bench: &Bench, pod: &str, held: bool) {
    let value = if held { json!("true") } else { json!(null) };
    bench.meddle("Pod", pod, &json!({"metadata": {"annotations": {"iriskit-test/hold": value}}})).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
}

fn within(seconds: u64) -> ApplyOptions {
    ApplyOptions { timeout: Duration::from_secs(seconds), ..ApplyOptions::default() }
}

fn failed(result: Result<Report, ApplyError>) -> (String, String) {
    match result {
        Err(ApplyError::Incomplete { report }) => report.failed.clone().expect("a failure"),
        other => panic!("{other:?}"),
    }
}

const SETS: [(&str, &str); 4] = [
    ("hospital-arbiter", "hospital-arbiter-0"),
    ("hospital-data-0", "hospital-data-0-1"),
    ("hospital-compute", "hospital-compute-1"),
    ("hospital-webgateway", "hospital-webgateway-0"),
];

#[tokio::test(start_paused = true)]
async fn an_unchanged_set_of_any_kind_that_is_not_ready_is_told_and_waited_for() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    for (set, pod) in SETS {
        hold(&bench, pod, true).await;
        let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
        assert!(!plan.summary.changes(), "{set}");
        let told: Vec<_> =
            plan.not_ready.iter().map(|one| (one.address.clone(), one.state, one.pods.clone())).collect();
        let address = format!("StatefulSet/default/{set}");
        assert_eq!(told, [(address.clone(), NotReadyState::Waiting, vec![pod.to_owned()])]);
        let (what, why) = failed(bench.apply_with(&plan, &secret_values, within(5)).await);
        assert!(what == address && why.contains(pod), "{what} {why}");
        hold(&bench, pod, false).await;
        bench.apply_with(&plan, &secret_values, within(5)).await.unwrap();
        assert_eq!(bench.plan(MIRRORED).await.plan.not_ready, []);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_later_is_begun_while_an_unchanged_set_is_not_ready_not_by_a_saved_plan_either() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let more = MIRRORED.replace(
        "webgateway: {image: example/webgateway:1, replicas: 1",
        "webgateway: {image: example/webgateway:1, replicas: 2",
    );
    let saved = bench.plan(&more).await;
    assert_eq!(saved.plan.not_ready, []);
    hold(&bench, "hospital-compute-0", true).await;
    let (what, _) = failed(bench.apply_with(&saved.plan, &saved.secret_values, within(5)).await);
    assert_eq!(what, "StatefulSet/default/hospital-compute");
    assert_eq!(bench.get("StatefulSet", "hospital-webgateway").await.unwrap()["spec"]["replicas"], 1);
}

#[tokio::test(start_paused = true)]
async fn pods_that_were_missing_come_by_themselves_and_are_as_planned() {
    let bench = Bench::with(slow());
    bench.make(MIRRORED).await;
    let delete = http::Request::builder()
        .method("DELETE")
        .uri("/api/v1/namespaces/default/pods/hospital-compute-1")
        .body(bytes::Bytes::new())
        .unwrap();
    assert!(bench.sandbox.call(delete).await.status().is_success());
    let more = MIRRORED.replace(
        "storageClassName: standard",
        "storageClassName: standard\n  serviceTemplate: {metadata: {labels: {a: b}}}",
    );
    let Planned { plan, secret_values, .. } = bench.plan(&more).await;
    assert_eq!(plan.not_ready[0].pods, ["hospital-compute-1"]);
    let report = bench.apply(&plan, &secret_values).await.unwrap();
    assert_eq!(report.observed, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_the_controller_has_not_seen_is_waited_for_and_else_is_called_unsettled() {
    let again =
        json!({"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}});
    for (react, unsettled) in [(1, false), (30, true)] {
        let bench = Bench::with(Timing { react: Duration::from_secs(react), ..Timing::default() });
        bench.make(MIRRORED).await;
        bench.meddle("StatefulSet", "hospital-data-0", &again).await;
        let plan = bench.plan(MIRRORED).await.plan;
        let states: Vec<_> = plan.not_ready.iter().map(|one| one.state).collect();
        assert_eq!(states, if unsettled { vec![NotReadyState::Unsettled] } else { vec![] }, "{react} s");
        // Pods are compared with what the template is now, whatever the status says.
        let change = plan
            .resource_changes
            .iter()
            .find(|change| change.address == "StatefulSet/default/hospital-data-0")
            .unwrap();
        assert_eq!(change.impact.pods.len(), 2, "{react} s");
        let causes: Vec<_> =
            change.restart_causes.iter().map(|cause| (cause.path.as_str(), cause.by.as_deref())).collect();
        let path = "spec.template.metadata.annotations";
        assert_eq!(causes, [(path, Some("kubectl-edit"))], "{react} s");
        assert_eq!(plan.resource_drift.len(), 1);
        let drifted: Vec<&str> = plan.resource_drift[0].fields.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(drifted, ["spec.template.metadata.annotations[kubectl.kubernetes.io/restartedAt]"]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_others_put_into_a_pod_template_is_told_and_makes_a_saved_plan_stale() {
    let env = json!([{"name": "FOO", "value": "bar"}]);
    let variable = json!({"template": {"spec": {"containers": [{"name": "iris", "env": env}]}}});
    let next = MIRRORED.replace("iris:2024.1", "iris:2024.1.1").replace("replicas: 1", "replicas: 2");
    for set in ["hospital-data-0", "hospital-compute"] {
        let bench = Bench::new();
        bench.make(MIRRORED).await;
        let saved = bench.plan(&next).await;
        bench.take_set("kubectl-set", set, &variable).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        match bench.apply(&saved.plan, &saved.secret_values).await {
            Err(ApplyError::Stale { moved }) => {
                assert!(moved.iter().all(|one| one.address.ends_with(set)), "{moved:?}");
            }
            other => panic!("{set}: {other:?}"),
        }
        let plan = bench.plan(&next).await.plan;
        let drifted: Vec<_> = plan.resource_drift.iter().flat_map(|drift| &drift.fields).collect();
        let told: Vec<_> =
            drifted.iter().map(|field| (field.path.as_str(), field.by.as_deref(), field.after.clone())).collect();
        let value = json!({"name": "FOO", "value": "bar"});
        assert_eq!(told, [("spec.template.spec.containers[iris].env[FOO]", Some("kubectl-set"), value)], "{set}");
    }
}
