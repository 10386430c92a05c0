//! Plans that are refused before anything is written.

use http_body_util::{BodyExt as _, Full};
use iriskit_state::plan::AllowanceName;
use tower::BoxError;

use super::{super::ErrorClass, *};
use crate::cluster::RequestBody;

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
    let Planned { plan, secret_values, .. } = bench.plan(&MIRRORED.replace("replicas: 2", "replicas: 3")).await;
    // Status and other pods may change: only what the plan saw counts.
    bench.meddle("StatefulSet", "hospital-compute", &json!({"metadata": {"labels": {"team": "x"}}})).await;
    bench.meddle("StatefulSet", "hospital-compute", &json!({"spec": {"replicas": 5}})).await;
    let before = writes(&bench);
    let error = bench.apply(&plan, &secret_values).await.unwrap_err();
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
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let object = ObjectRef::namespaced("v1", "Service", "default", "hospital-webgateway");
    let body = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": object.name, "namespace": "default"},
        "spec": {"ports": [{"port": 80}]}});
    bench.cluster.apply(&object, &body, ApplyMode::default()).await.unwrap();
    let ApplyError::Stale { moved } = bench.apply(&plan, &secret_values).await.unwrap_err() else {
        panic!("not stale")
    };
    assert_eq!(
        (moved[0].address.as_str(), moved[0].field.as_str()),
        ("Service/default/hospital-webgateway", "metadata.uid")
    );
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_applied_once() {
    let bench = Bench::new();
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    bench.apply(&plan, &secret_values).await.unwrap();
    let error = bench.apply(&plan, &secret_values).await.unwrap_err();
    assert!(matches!(error, ApplyError::Used { .. }), "{error}");
    assert_eq!(error.class(), ErrorClass::Stale);
}

#[tokio::test(start_paused = true)]
async fn a_plan_for_another_cluster_is_refused() {
    let (here, there) = (Bench::new(), Bench::new());
    let Planned { plan, secret_values, .. } = here.plan(MIRRORED).await;
    let error = there.apply(&plan, &secret_values).await.unwrap_err();
    assert!(matches!(error, ApplyError::OtherCluster { .. }), "{error}");
    assert_eq!(writes(&there), 0);
}

#[tokio::test(start_paused = true)]
async fn a_plan_expires() {
    let bench = Bench::new();
    let Planned { mut plan, secret_values, .. } = bench.plan(MIRRORED).await;
    plan.expires_at = "2020-01-01T00:00:00Z".into();
    let error = bench.apply(&plan, &secret_values).await.unwrap_err();
    assert!(matches!(error, ApplyError::Expired { .. }), "{error}");
    assert_eq!(writes(&bench), 0);
}

#[tokio::test(start_paused = true)]
async fn one_refused_dry_run_stops_everything() {
    let bench = Bench::new();
    let Planned { mut plan, secret_values, .. } = bench.plan(MIRRORED).await;
    for change in plan
        .resource_changes
        .iter_mut()
        .filter(|change| change.name == "hospital-webgateway" && change.kind == "StatefulSet")
    {
        if let Some(iriskit_state::plan::Step::Create { body, .. }) = change.steps.first_mut() {
            body["spec"]["replicas"] = json!("many");
        }
    }
    let ApplyError::Refused { refusals } = bench.apply(&plan, &secret_values).await.unwrap_err() else {
        panic!("not refused")
    };
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
    let Planned { mut plan, secret_values, .. } = bench.plan(&text("one")).await;
    survey::seal(&mut plan, &secret_values).unwrap();
    let other = bench.plan(&text("two")).await.secret_values;
    let error = bench.apply(&plan, &other).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Stale, "{error}");
    assert_eq!(writes(&bench), 0);
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
}

#[tokio::test(start_paused = true)]
async fn a_config_map_under_the_records_name_is_left_alone() {
    let bench = Bench::new();
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let object = applyset::record_ref("default", "hospital");
    bench.cluster.create(&object, &configmap("hospital-iriskit", "1")).await.unwrap();
    let error = bench.apply(&plan, &secret_values).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "record of default/hospital: ConfigMap hospital-iriskit exists and is not a record of iriskit"
    );
}

/// The sandbox for a user who lacks one right.
fn without(bench: &Bench, verb: &'static str, resource: &'static str) -> Cluster {
    let sandbox = bench.sandbox.clone();
    let service = tower::service_fn(move |request: http::Request<RequestBody>| {
        let sandbox = sandbox.clone();
        async move {
            let (parts, body) = request.into_parts();
            let bytes = body.collect().await?.to_bytes();
            let asked: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let attributes = &asked["spec"]["resourceAttributes"];
            if attributes["verb"] == verb && attributes["resource"] == resource {
                let denied = json!({"status": {"allowed": false}}).to_string();
                let body = Full::new(bytes::Bytes::from(denied)).map_err(BoxError::from).boxed_unsync();
                return Ok(http::Response::builder().status(201).body(body).unwrap());
            }
            let answer = sandbox.call(http::Request::from_parts(parts, bytes)).await;
            Ok::<_, BoxError>(answer.map(|body| body.map_err(BoxError::from).boxed_unsync()))
        }
    });
    Cluster::over(service, bench.cluster.connection().clone(), iriskit_core::diff::without_secrets_of)
}

#[tokio::test(start_paused = true)]
async fn a_missing_right_is_named_before_anything_is_written() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let Planned { plan, secret_values, .. } =
        bench.plan(&MIRRORED.replacen("example/iris:2024.1", "example/iris:2024.1.1", 1)).await;
    let before = writes(&bench);
    let allow = BTreeSet::from([AllowanceName::RestartPrimary]);
    let options = ApplyOptions { allow, ..ApplyOptions::default() };
    for (verb, resource, text) in [
        ("delete", "pods", "rights are missing: delete Pod in namespace default"),
        ("patch", "statefulsets", "rights are missing: patch StatefulSet hospital-data-0 in namespace default"),
        ("update", "configmaps", "rights are missing: update ConfigMap hospital-iriskit in namespace default"),
    ] {
        let cluster = without(&bench, verb, resource);
        let error = run(&cluster, &plan, &secret_values, &options, |_| {}).await.unwrap_err();
        assert_eq!(error.to_string(), text);
    }
    assert_eq!(writes(&bench), before);
    // A right that the plan does not need is not asked for.
    run(&without(&bench, "delete", "statefulsets"), &plan, &secret_values, &options, |_| {}).await.unwrap();
}

/// Between the two writes of a take-over the fields are ours already and have their old values: the next plan shows each.
#[tokio::test(start_paused = true)]
async fn a_take_over_that_is_cut_off_hides_no_value_of_its_maker() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let object = ObjectRef::namespaced("v1", "ConfigMap", "default", "joined");
    let mut theirs = configmap("joined", "theirs");
    theirs["data"]["b"] = json!("more");
    let request = http::Request::builder()
        .method("POST")
        .uri("/api/v1/namespaces/default/configmaps?fieldManager=helm")
        .header("content-type", "application/json")
        .body(bytes::Bytes::from(theirs.to_string()))
        .unwrap();
    assert_eq!(bench.sandbox.call(request).await.status().as_u16(), 201);
    let text = format!("{MIRRORED}\n---\n{}", configmap("joined", "ours"));
    let reading = manifest::read(&[Input { name: "m.yaml".into(), text: text.clone() }], "default");
    let policy = iriskit_core::plan::Policy::new(iriskit_state::plan::Treatment::Take, Vec::new(), true);
    let planned = survey::plan(&bench.cluster, &reading, &Options { policy, ..super::options() }).await.unwrap();
    bench.cut_off(&planned, |event| matches!(event, Event::StepDone { action: Action::TakeOver, .. })).await;
    let found = bench.cluster.get(&object).await.unwrap().unwrap();
    assert_eq!((&found["data"]["a"], &found["metadata"]["labels"]), (&json!("theirs"), &Value::Null));

    let Planned { plan, secret_values, .. } = bench.plan(&text).await;
    let change = plan.resource_changes.iter().find(|change| change.name == "joined").unwrap();
    let fields: Vec<_> =
        change.fields.iter().map(|field| (field.path.as_str(), field.before.clone(), field.after.clone())).collect();
    assert_eq!(fields, [("data.a", json!("theirs"), json!("ours")), ("data.b", json!("more"), Value::Null)]);
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    assert!(!bench.plan(&text).await.plan.summary.changes());
}
