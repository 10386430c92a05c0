//! What apply saw of its own run.

use iriskit_state::plan::PodEffect;

use super::*;

fn told(report: &Report) -> Vec<String> {
    report.seen.pods.iter().map(|(pod, effect)| format!("{pod} {effect:?}")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_run_ends_with_the_pods_and_volumes_that_it_saw() {
    let bench = Bench::new();
    let report = bench.make(MIRRORED).await;
    assert_eq!(report.observed, Vec::<String>::new());
    assert_eq!((report.seen.primary_moves, report.seen.volumes_new), (0, 16));
    let mut made = told(&report);
    made.sort();
    assert_eq!(
        made,
        [
            "hospital-arbiter-0 Created",
            "hospital-compute-0 Created",
            "hospital-compute-1 Created",
            "hospital-data-0-0 Created",
            "hospital-data-0-1 Created",
            "hospital-webgateway-0 Created"
        ]
    );
    tokio::time::sleep(Duration::from_secs(1)).await; // the backup catches up
    let labelled =
        MIRRORED.replace("mirrored: true", "mirrored: true\n      podTemplate: {metadata: {labels: {a: b}}}");
    let report = bench.make(&labelled).await;
    assert_eq!(told(&report), ["hospital-data-0-1 Restarts", "hospital-data-0-0 Restarts"]);
    assert_eq!((report.seen.primary_moves, report.observed), (1, vec![]));
    let plan = bench.plan_destroy(false).await;
    let report = bench.apply(&plan, &SecretValues::default()).await.unwrap();
    assert_eq!(report.seen.pods.len(), 6);
    assert!(report.seen.pods.iter().all(|(_, effect)| *effect == PodEffect::Deleted), "{:?}", report.seen);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_planned_is_named_and_the_run_is_not_what_was_planned() {
    let bench = Bench::with(slow());
    bench.make(MIRRORED).await;
    let more = MIRRORED.replace("replicas: 2", "replicas: 3");
    let Planned { plan, secret_values, .. } = bench.plan(&more).await;
    let meddling = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let request = http::Request::delete("/api/v1/namespaces/default/pods/hospital-webgateway-0");
        let answer = bench.sandbox.call(request.body(bytes::Bytes::new()).unwrap()).await;
        assert!(answer.status().is_success());
    };
    let (result, ()) = tokio::join!(bench.apply(&plan, &secret_values), meddling);
    let error = result.unwrap_err();
    assert_eq!(error.class(), super::super::ErrorClass::Incomplete);
    let report = error.report().unwrap();
    assert_eq!(
        report.observed,
        ["StatefulSet/default/hospital-webgateway: planned no pod touched; seen hospital-webgateway-0 restarted"]
    );
    assert!(report.failed.is_none() && report.not_started.is_empty(), "all of it was done: {report:?}");
}

/// Which member restarts twice for a new version is a matter of role: a fail-over after planning exchanges the two.
#[tokio::test(start_paused = true)]
async fn a_fail_over_between_plan_and_apply_exchanges_the_members() {
    let bench = Bench::with(slow());
    bench.make(MIRRORED).await;
    tokio::time::sleep(Duration::from_secs(90)).await;
    let newer = MIRRORED.replacen("example/iris:2024.1", "example/iris:2024.1.1", 1);
    let Planned { plan, secret_values, .. } = bench.plan(&newer).await;
    bench.sandbox.fail_over("default", "hospital-data-0").unwrap();
    tokio::time::sleep(Duration::from_secs(90)).await;
    let report =
        bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    assert_eq!(
        told(&report),
        ["hospital-data-0-0 Restarts", "hospital-data-0-1 Restarts", "hospital-data-0-0 Restarts"]
    );
    assert_eq!((report.seen.primary_moves, report.observed), (2, vec![]));
}
