//! Objects that a restore made again, under other uids and another field manager.

use super::*;
use crate::cluster::DeleteOptions;

/// Deletes an object and makes it again from what is stored, as a backup tool does.
async fn restore(bench: &Bench, kind: &str, name: &str) {
    let (api_version, path) = match kind {
        "StatefulSet" => ("apps/v1", "/apis/apps/v1/namespaces/default/statefulsets"),
        "Service" => ("v1", "/api/v1/namespaces/default/services"),
        _ => ("v1", "/api/v1/namespaces/default/configmaps"),
    };
    let mut stored = bench.get(kind, name).await.unwrap();
    let object = ObjectRef::namespaced(api_version, kind, "default", name);
    bench.cluster.delete(&object, &DeleteOptions::default()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(30)).await;
    stored.as_object_mut().unwrap().remove("status");
    let metadata = stored["metadata"].as_object_mut().unwrap();
    for member in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"] {
        metadata.remove(member);
    }
    let request = http::Request::builder()
        .method("POST")
        .uri(format!("{path}?fieldManager=velero-server"))
        .header("content-type", "application/json")
        .body(bytes::Bytes::from(stored.to_string()))
        .unwrap();
    let answer = bench.sandbox.call(request).await;
    assert!(answer.status().is_success(), "{kind} {name}: {}", answer.status());
    tokio::time::sleep(Duration::from_secs(30)).await;
}

/// The plan says that it takes the fields again, and apply knows the object by the same marks.
#[tokio::test(start_paused = true)]
async fn what_was_restored_is_applied_as_it_was_planned() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    for (kind, name) in
        [("ConfigMap", "hospital-compute"), ("StatefulSet", "hospital-compute"), ("Service", "hospital-webgateway")]
    {
        restore(&bench, kind, name).await;
    }
    assert_eq!(bench.plan(MIRRORED).await.plan.summary.update, 3);
    bench.make(MIRRORED).await;
    assert!(!bench.plan(MIRRORED).await.plan.summary.changes());
}

/// Without our marks it is somebody else's, whoever wrote the plan.
#[tokio::test(start_paused = true)]
async fn what_lost_our_marks_is_not_taken_by_a_plan_that_does_not_say_so() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    restore(&bench, "ConfigMap", "hospital-compute").await;
    let planned = bench.plan(MIRRORED).await;
    bench
        .meddle(
            "ConfigMap",
            "hospital-compute",
            &json!({"metadata": {"annotations": {"iriskit/applied": null}, "labels": {applyset::PART_OF: null}}}),
        )
        .await;
    let refused = bench.apply(&planned.plan, &planned.secret_values).await;
    assert!(matches!(refused, Err(ApplyError::Stale { .. } | ApplyError::Unsaid { .. })), "{refused:?}");
}
