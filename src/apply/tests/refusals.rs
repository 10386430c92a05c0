//! Plans that are refused before anything is written.

use super::{super::ErrorClass, *};

/// Requests that change something.
fn writes(bench: &Bench) -> usize {
    let requests = bench.sandbox.requests();
    let real = requests.iter().filter(|line| !line.query.contains("dryRun") && !line.path.contains("accessreviews"));
    real.filter(|line| line.method != "GET" && line.user_agent == crate::cluster::USER_AGENT).count()
}

#[tokio::test(start_paused = true)]
async fn a_stale_plan_says_what_moved_who_did_it_and_when() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let Planned { plan, fills } = bench.plan(&MIRRORED.replace("replicas: 2", "replicas: 3")).await;
    // Status and other pods may change: only what the plan saw counts.
    bench.meddle("StatefulSet", "hospital-compute", &json!({"metadata": {"labels": {"team": "x"}}})).await;
    bench.meddle("StatefulSet", "hospital-compute", &json!({"spec": {"replicas": 5}})).await;
    let before = writes(&bench);
    let error = bench.apply(&plan, &fills).await.unwrap_err();
    let ApplyError::Stale { moved } = &error else { panic!("{error}") };
    assert_eq!(moved.len(), 1, "{moved:#?}");
    assert_eq!(
        (moved[0].address.as_str(), moved[0].field.as_str()),
        ("StatefulSet/default/hospital-compute", ".spec.replicas")
    );
    assert_eq!(moved[0].then, Some(iriskit_state::plan::Observed::Value(json!(2))));
    assert_eq!(moved[0].now, Some(iriskit_state::plan::Observed::Value(json!(5))));
    assert_eq!(moved[0].who.as_deref(), Some("kubectl-edit"));
    assert!(moved[0].when.is_some());
    assert_eq!(error.class(), ErrorClass::Stale);
    assert_eq!(writes(&bench), before);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_appeared_or_was_made_again_makes_a_plan_stale() {
    let bench = Bench::new();
    let Planned { plan, fills } = bench.plan(MIRRORED).await;
    let object = ObjectRef::namespaced("v1", "Service", "default", "hospital-webgateway");
    let body = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": object.name, "namespace": "default"},
        "spec": {"ports": [{"port": 80}]}});
    bench.cluster.apply(&object, &body, ApplyMode::default()).await.unwrap();
    let ApplyError::Stale { moved } = bench.apply(&plan, &fills).await.unwrap_err() else { panic!("not stale") };
    assert_eq!(
        (moved[0].address.as_str(), moved[0].field.as_str()),
        ("Service/default/hospital-webgateway", "metadata.uid")
    );
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_applied_once() {
    let bench = Bench::new();
    let Planned { plan, fills } = bench.plan(MIRRORED).await;
    bench.apply(&plan, &fills).await.unwrap();
    let error = bench.apply(&plan, &fills).await.unwrap_err();
    assert!(matches!(error, ApplyError::Used { .. }), "{error}");
    assert_eq!(error.class(), ErrorClass::Stale);
}

#[tokio::test(start_paused = true)]
async fn a_plan_for_another_cluster_is_refused() {
    let (here, there) = (Bench::new(), Bench::new());
    let Planned { plan, fills } = here.plan(MIRRORED).await;
    let error = there.apply(&plan, &fills).await.unwrap_err();
    assert!(matches!(error, ApplyError::OtherCluster { .. }), "{error}");
    assert_eq!(writes(&there), 0);
}

#[tokio::test(start_paused = true)]
async fn a_plan_expires() {
    let bench = Bench::new();
    let Planned { mut plan, fills } = bench.plan(MIRRORED).await;
    plan.expires_at = "2020-01-01T00:00:00Z".into();
    let error = bench.apply(&plan, &fills).await.unwrap_err();
    assert!(matches!(error, ApplyError::Expired { .. }), "{error}");
    assert_eq!(writes(&bench), 0);
}

#[tokio::test(start_paused = true)]
async fn one_refused_dry_run_stops_everything() {
    let bench = Bench::new();
    let Planned { mut plan, fills } = bench.plan(MIRRORED).await;
    for change in plan
        .resource_changes
        .iter_mut()
        .filter(|change| change.name == "hospital-webgateway" && change.kind == "StatefulSet")
    {
        if let Some(iriskit_state::plan::Step::Create { body, .. }) = change.steps.first_mut() {
            body["spec"]["replicas"] = json!("many");
        }
    }
    let ApplyError::Refused { refusals } = bench.apply(&plan, &fills).await.unwrap_err() else { panic!("not refused") };
    assert_eq!(refusals.len(), 1);
    assert_eq!(refusals[0].address, "StatefulSet/default/hospital-webgateway");
    assert_eq!(writes(&bench), 0);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_not_that_of_the_plan_is_refused() {
    let text = |password: &str| {
        format!(
            "{MIRRORED}\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: extra}}\nstringData: {{a: {password}}}\n"
        )
    };
    let bench = Bench::new();
    let Planned { mut plan, fills } = bench.plan(&text("one")).await;
    survey::seal(&mut plan, &fills).unwrap();
    let other = bench.plan(&text("two")).await.fills;
    let error = bench.apply(&plan, &other).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Stale, "{error}");
    assert_eq!(writes(&bench), 0);
    bench.apply(&plan, &fills).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
}

#[tokio::test(start_paused = true)]
async fn a_config_map_under_the_records_name_is_left_alone() {
    let bench = Bench::new();
    let Planned { plan, fills } = bench.plan(MIRRORED).await;
    let object = applyset::record_ref("default", "hospital");
    bench.cluster.create(&object, &configmap("hospital-iriskit", "1")).await.unwrap();
    let error = bench.apply(&plan, &fills).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "record of default/hospital: ConfigMap hospital-iriskit exists and is not a record of iriskit"
    );
}
