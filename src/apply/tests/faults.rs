//! Lost answers, races, states that do not heal.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_was_lost_counts_when_it_was_made() {
    let bench = Bench::new();
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let faults = bench.sandbox.faults();
    for path in ["/configmaps", "/statefulsets/hospital-data-0", "/services/hospital"] {
        let method = if path == "/configmaps" { "POST" } else { "PATCH" };
        let fault = Fault::new(FaultAction::LoseAnswer).method(method).path(path);
        // The dry-runs come first.
        faults.add(if method == "PATCH" { fault.query("fieldValidation=Strict").skip(1) } else { fault });
    }
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    assert!(!bench.plan(MIRRORED).await.plan.summary.changes());
}

/// The first attempt comes through only when the second one is on its way.
fn late(bench: &Bench, method: &str, path: &str, skip: usize) {
    let fault = |action| Fault::new(action).method(method).path(path);
    bench.sandbox.faults().add(fault(FaultAction::Late(Duration::from_millis(500))).skip(skip));
    bench.sandbox.faults().add(fault(FaultAction::Delay(Duration::from_secs(2))));
}

#[tokio::test(start_paused = true)]
async fn a_create_that_comes_through_late_is_our_own() {
    let bench = Bench::new();
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    // The dry-run comes first.
    late(&bench, "PATCH", "/services/hospital-webgateway", 1);
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    let tried = bench.sandbox.requests();
    let tried = tried.iter().filter(|line| line.method == "PATCH" && line.path.ends_with("/hospital-webgateway"));
    assert!(tried.filter(|line| line.path.contains("/services/")).count() > 2, "it was sent again");
    assert!(!bench.plan(MIRRORED).await.plan.summary.changes());
}

#[tokio::test(start_paused = true)]
async fn a_deletion_of_a_pod_that_comes_through_late_is_told() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let rolled = MIRRORED.replace("iris:2024.1\n", "iris:2024.1.1\n");
    let Planned { plan, secret_values, .. } = bench.plan(&rolled).await;
    late(&bench, "DELETE", "/pods/hospital-data-0-1", 1);
    let report =
        bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    let deleted: Vec<_> = bench.deleted().into_iter().map(|(pod, _)| pod).collect();
    assert_eq!(deleted, ["hospital-data-0-1", "hospital-data-0-0", "hospital-data-0-1"]);
    assert_eq!(report.observed, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_answer_was_lost_counts_when_it_was_made() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let text = MIRRORED.replace("replicas: 2", "replicas: 3");
    let Planned { plan, secret_values, .. } = bench.plan(&text).await;
    let fault = Fault::new(FaultAction::LoseAnswer).method("PATCH").path("/statefulsets/hospital-compute").skip(1);
    bench.sandbox.faults().add(fault);
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    assert!(!bench.plan(&text).await.plan.summary.changes());
}

#[tokio::test(start_paused = true)]
async fn watches_that_break_off_do_not_matter() {
    let bench = Bench::with(slow());
    bench.sandbox.faults().add(Fault::new(FaultAction::CutWatch { after: 2 }).query("watch=true").times(20));
    bench.make(MIRRORED).await;
    assert!(!bench.plan(MIRRORED).await.plan.summary.changes());
}

#[tokio::test(start_paused = true)]
async fn an_object_that_appears_under_a_create_is_not_taken() {
    let bench = Bench::new();
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let allow = BTreeSet::new();
    let target = ObjectRef::namespaced("v1", "Service", "default", "hospital-webgateway");
    let error = run(&bench.cluster, &plan, &secret_values, &ApplyOptions { allow, ..ApplyOptions::default() }, |event| {
        let Event::StepStarted { address, action: Action::Create } = &event else { return };
        if *address == target.address() {
            let request = http::Request::builder()
                .method("POST")
                .uri("/api/v1/namespaces/default/services")
                .header("content-type", "application/json")
                .body(bytes::Bytes::from(
                    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": target.name}, "spec": {"ports": [{"port": 9, "name": "other"}]}})
                        .to_string(),
                ))
                .unwrap();
            let answer = futures::FutureExt::now_or_never(bench.sandbox.call(request));
            assert_eq!(answer.map(|answer| answer.status().as_u16()), Some(201));
        }
    })
    .await
    .unwrap_err();
    let (address, reason) = error.report().unwrap().failed.clone().unwrap();
    assert_eq!((address, reason), (target.address(), "it was created by another client in the meantime".into()));
    let found = bench.cluster.get(&target).await.unwrap().unwrap();
    assert_eq!(found["spec"]["ports"].as_array().map(Vec::len), Some(1), "nothing of ours got into it");
    // What was done is written down, and the plan stays used.
    let record = bench.record().await.unwrap();
    let made = record.objects.iter().filter(|object| object.uid.is_some()).count();
    // The shared headless Service is done as well, but in no record.
    assert_eq!(made, error.report().unwrap().done.len() - 1);
    assert!(matches!(
        bench.apply(&plan, &secret_values).await.unwrap_err(),
        ApplyError::Used { .. } | ApplyError::Stale { .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_changed_under_an_update_stops_the_run() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let Planned { plan, secret_values, .. } = bench.plan(&MIRRORED.replace("replicas: 2", "replicas: 3")).await;
    let target = "StatefulSet/default/hospital-compute";
    let error = run(&bench.cluster, &plan, &secret_values, &ApplyOptions::default(), |event| {
        let Event::StepStarted { address, action: Action::Update } = &event else { return };
        if address == target {
            let request = http::Request::builder()
                .method("PATCH")
                .uri("/apis/apps/v1/namespaces/default/statefulsets/hospital-compute")
                .header("content-type", "application/merge-patch+json")
                .header("user-agent", "kubectl-scale")
                .body(bytes::Bytes::from(json!({"spec": {"replicas": 7}}).to_string()))
                .unwrap();
            let answer = futures::FutureExt::now_or_never(bench.sandbox.call(request));
            assert_eq!(answer.map(|answer| answer.status().as_u16()), Some(200));
        }
    })
    .await
    .unwrap_err();
    let ApplyError::MidwayStale { moved, report } = error else { panic!("{error}") };
    assert_eq!((moved[0].field.as_str(), moved[0].who.as_deref()), (".spec.replicas", Some("kubectl-scale")));
    assert_eq!(report.failed.map(|failed| failed.0).as_deref(), Some(target));
}

#[tokio::test(start_paused = true)]
async fn a_stop_comes_before_the_next_write() {
    let bench = Bench::with(slow());
    let planned = bench.plan(MIRRORED).await;
    let report =
        bench.cut_off(&planned, |event| matches!(event, Event::StageStarted { stage, .. } if stage == "data")).await;
    assert_eq!(bench.get("StatefulSet", "hospital-data-0").await, None);
    assert!(report.done.contains(&"StatefulSet/default/hospital-arbiter".to_owned()));
    assert!(report.not_started.contains(&"StatefulSet/default/hospital-data-0".to_owned()));
    let all = report.done.len() + report.not_started.len() + report.unfinished.len();
    assert_eq!(all, planned.plan.summary.create);
    // The next plan finds its way.
    bench.make(MIRRORED).await;
    assert!(!bench.plan(MIRRORED).await.plan.summary.changes());
}

/// The stop may come between two looks of the run: it is asked right before each write.
#[tokio::test(start_paused = true)]
async fn a_stop_in_the_moment_before_a_write_is_in_time() {
    let bench = Bench::new();
    let planned = bench.plan(MIRRORED).await;
    let set = "StatefulSet/default/hospital-data-0";
    let is_made =
        |event: &Event| matches!(event, Event::StepStarted { address, action: Action::Create } if address == set);
    let report = bench.cut_off(&planned, is_made).await;
    assert_eq!(bench.get("StatefulSet", "hospital-data-0").await, None);
    assert!(report.unfinished.contains(&set.to_owned()), "{report:?}");
}

/// What can't be listed is not known, which is something else than that there is nothing.
#[tokio::test(start_paused = true)]
async fn a_list_that_fails_is_not_taken_for_a_mirror_that_needs_nothing() {
    let bench = Bench::with(Timing { catch_up: Duration::from_secs(400), ..slow() });
    bench.make(MIRRORED).await;
    let Planned { plan, secret_values, .. } =
        bench.plan(&MIRRORED.replacen("example/iris:2024.1", "example/iris:2024.1.1", 1)).await;
    let allow = plan.allowances.iter().map(|allowance| allowance.name).collect();
    let options = ApplyOptions { allow, ..ApplyOptions::default() };
    let reasons = Mutex::new(Vec::new());
    let error = run(&bench.cluster, &plan, &secret_values, &options, |event| match event {
        // The arbiter, which needs no change, is the first set that is looked at.
        Event::StageStarted { stage, .. } if stage == "arbiter" => {
            let fault = Fault::new(FaultAction::Answer { code: 500, retry_after: None });
            bench.sandbox.faults().add(fault.method("GET").path("/statefulsets").times(12));
        }
        Event::Waiting { reason, .. } => reasons.lock().unwrap_or_else(PoisonError::into_inner).push(reason),
        _ => {}
    })
    .await
    .unwrap_err();
    let reasons = reasons.into_inner().unwrap();
    assert!(reasons.iter().any(|reason| reason.starts_with("can't list StatefulSet")), "{reasons:?}");
    let (_, reason) = error.report().unwrap().failed.clone().unwrap();
    assert!(reason.starts_with("the mirror is not whole"), "{reason}");
    assert_eq!(bench.deleted(), []);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_never_gets_ready_ends_the_wait_with_its_reason() {
    let bench = Bench::with(Timing { pod_ready: Duration::from_secs(7200), ..slow() });
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let error = bench.apply(&plan, &secret_values).await.unwrap_err();
    let (address, reason) = error.report().unwrap().failed.clone().unwrap();
    assert_eq!(address, "StatefulSet/default/hospital-arbiter");
    assert!(reason.starts_with("timed out after 1800 s: 0 of 1 pods ready; hospital-arbiter-0"), "{reason}");
    assert!(matches!(error, ApplyError::Incomplete { .. }));
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_deleted_while_it_is_waited_for_ends_the_wait() {
    let bench = Bench::with(slow());
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let error = run(&bench.cluster, &plan, &secret_values, &ApplyOptions::default(), |event| {
        if matches!(&event, Event::StepStarted { address, action: Action::WaitReady } if address == "StatefulSet/default/hospital-arbiter") {
            let request = http::Request::builder()
                .method("DELETE")
                .uri("/apis/apps/v1/namespaces/default/statefulsets/hospital-arbiter")
                .body(bytes::Bytes::new())
                .unwrap();
            let sandbox = bench.sandbox.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(3)).await;
                assert!(sandbox.call(request).await.status().is_success());
            });
        }
    })
    .await
    .unwrap_err();
    let failed = error.report().unwrap().failed.clone();
    assert_eq!(failed, Some(("StatefulSet/default/hospital-arbiter".into(), "it was deleted".into())));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_before_it_begins_writes_nothing() {
    let bench = Bench::new();
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let (stopper, stop) = super::super::Stopper::new();
    stopper.stop();
    let error =
        bench.apply_with(&plan, &secret_values, ApplyOptions { stop, ..ApplyOptions::default() }).await.unwrap_err();
    assert_eq!(error.report().unwrap().not_started.len(), plan.summary.create);
    assert_eq!(bench.record().await, None);
}
