//! Making and changing a cluster.

use iriskit_state::record::PlanState;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_cluster_is_made_in_order_and_then_nothing_is_left_to_do() {
    let bench = Bench::with(slow());
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    let report = bench.apply(&plan, &secret_values).await.unwrap();
    assert_eq!(report.done.len(), plan.summary.create);
    assert_eq!((report.failed, report.not_started, report.observed), (None, vec![], vec![]));
    let ready = |name: &str| bench.at(&format!("StatefulSet/default/{name}"), Action::WaitReady, true);
    let made = |name: &str| bench.at(&format!("StatefulSet/default/{name}"), Action::Create, false);
    assert!(ready("hospital-arbiter") < made("hospital-data-0"));
    assert!(ready("hospital-data-0") < made("hospital-compute"));
    assert!(ready("hospital-compute") < made("hospital-webgateway"));
    assert!(ready("hospital-webgateway") < bench.at("Service/default/hospital", Action::Create, false));
    let bound = "RoleBinding/default/hospital-mirror-labeler";
    assert!(
        bench.at("Role/default/hospital-mirror-labeler", Action::Create, true) < bench.at(bound, Action::Create, false)
    );

    let again = bench.plan(MIRRORED).await.plan;
    assert!(!again.summary.changes(), "{:#?}", again.summary);
    let before = bench.sandbox.requests().len();
    assert_eq!(bench.apply(&again, &secret_values).await.unwrap(), Report::default());
    let asked = bench.sandbox.requests().split_off(before);
    assert!(asked.iter().all(|asked| asked.method == "GET"), "nothing is written when nothing is to do: {asked:?}");
}

#[tokio::test(start_paused = true)]
async fn the_record_knows_every_object_and_the_plan() {
    let bench = Bench::new();
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    bench.apply(&plan, &secret_values).await.unwrap();
    let record = bench.record().await.unwrap();
    assert!(record.objects.iter().all(|object| object.uid.is_some()), "{:#?}", record.objects);
    // All but the headless Service, which clusters share.
    assert_eq!(record.objects.len(), plan.summary.create - 1);
    assert_eq!(record.plans[&plan.id].state, PlanState::Done);
    assert_eq!(record.last_apply.map(|last| last.plan), Some(plan.id.clone()));
    let map = bench.get("ConfigMap", "hospital-iriskit").await.unwrap();
    assert_eq!(map["metadata"]["labels"][applyset::ID], applyset::id("default", "hospital"));
    let contained = "ConfigMap,Role.rbac.authorization.k8s.io,RoleBinding.rbac.authorization.k8s.io,Secret,Service,ServiceAccount,StatefulSet.apps";
    let annotation = map["metadata"]["annotations"]["applyset.kubernetes.io/contains-group-kinds"].as_str().unwrap();
    assert_eq!(annotation.replace("Secret,", ""), contained.replace("Secret,", ""));
}

#[tokio::test(start_paused = true)]
async fn the_record_is_widened_before_the_first_other_write() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let requests = bench.sandbox.requests();
    let writes: Vec<_> = requests
        .iter()
        .filter(|line| ["PATCH", "POST", "PUT", "DELETE"].contains(&line.method.as_str()))
        .filter(|line| !line.query.contains("dryRun") && !line.path.contains("accessreviews"))
        .collect();
    // The lock is around everything.
    let is_lock = |line: &iriskit_sandbox::RequestLine| line.path.contains("/leases");
    assert!(is_lock(writes[0]) && is_lock(writes[writes.len() - 1]));
    let writes = &writes[1..writes.len() - 1];
    assert_eq!((writes[0].method.as_str(), writes[0].path.as_str()), ("POST", "/api/v1/namespaces/default/configmaps"));
    assert_eq!(writes[writes.len() - 1].method, "PUT");
    assert!(requests.iter().all(|line| line.user_agent == crate::cluster::USER_AGENT));
    assert!(!requests.iter().any(|line| line.path == "/api/v1/namespaces/default/secrets"), "Secrets are never listed");
}

#[tokio::test(start_paused = true)]
async fn a_wait_tells_its_reason_and_the_newest_warning() {
    let bench = Bench::with(slow());
    bench.make(MIRRORED).await;
    let events = bench.events();
    let reasons: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::Waiting { address, reason, .. } if address == "StatefulSet/default/hospital-data-0" => {
                Some(reason.as_str())
            }
            _ => None,
        })
        .collect();
    assert!(reasons.iter().any(|reason| reason.starts_with("0 of 2 pods ready; hospital-data-0-0")), "{reasons:#?}");
    assert!(reasons.iter().any(|reason| reason.starts_with("1 of 2 pods ready; hospital-data-0-1")), "{reasons:#?}");
}

#[tokio::test(start_paused = true)]
async fn what_drifted_is_taken_back() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    bench.meddle("StatefulSet", "hospital-compute", &json!({"spec": {"replicas": 3}})).await;
    let Planned { plan, secret_values, .. } = bench.plan(MIRRORED).await;
    assert_eq!(plan.summary.update, 1);
    bench.apply(&plan, &secret_values).await.unwrap();
    assert_eq!(bench.get("StatefulSet", "hospital-compute").await.unwrap()["spec"]["replicas"], 2);
    assert!(!bench.plan(MIRRORED).await.plan.summary.changes());
}

#[tokio::test(start_paused = true)]
async fn what_the_manifest_no_longer_has_goes() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let without: String =
        MIRRORED.lines().filter(|line| !line.contains("compute:")).map(|line| line.to_owned() + "\n").collect();
    let Planned { plan, secret_values, .. } = bench.plan(&without).await;
    assert!(plan.summary.delete > 0);
    bench.apply(&plan, &secret_values).await.unwrap();
    assert_eq!(bench.get("StatefulSet", "hospital-compute").await, None);
    let record = bench.record().await.unwrap();
    assert!(!record.objects.iter().any(|object| object.name == "hospital-compute"), "{:#?}", record.objects);
    assert!(!bench.plan(&without).await.plan.summary.changes());
}

#[tokio::test(start_paused = true)]
async fn a_namespace_of_the_plan_is_made_first_and_the_record_after_it() {
    let bench = Bench::new();
    let text = format!(
        "{}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: ward}}\n",
        MIRRORED.replace("{name: hospital}", "{name: hospital, namespace: ward}")
    );
    let Planned { plan, secret_values, .. } = bench.plan(&text).await;
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    let record = bench.cluster.get(&applyset::record_ref("ward", "hospital")).await.unwrap().unwrap();
    let record = Record::parse(record["data"]["record.json"].as_str().unwrap()).unwrap();
    assert_eq!(record.plans[&plan.id].state, PlanState::Done);
    assert!(!bench.plan(&text).await.plan.summary.changes());
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_changed_is_made_anew_with_the_allowance() {
    let bench = Bench::new();
    let with = |kind: &str| {
        format!(
            "{MIRRORED}\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: extra}}\ntype: {kind}\nstringData: {{a: b}}\n"
        )
    };
    bench.make(&with("Opaque")).await;
    let before = bench.get("Secret", "extra").await.unwrap();
    let Planned { plan, secret_values, .. } = bench.plan(&with("example.com/other")).await;
    let needed: Vec<&str> = plan.allowances.iter().map(|allowance| allowance.name.as_str()).collect();
    assert_eq!(needed, ["replace"]);
    bench.apply(&plan, &secret_values).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    let after = bench.get("Secret", "extra").await.unwrap();
    assert_ne!(before["metadata"]["uid"], after["metadata"]["uid"]);
    let record = bench.record().await.unwrap();
    let recorded = record.objects.iter().find(|object| object.name == "extra").and_then(|object| object.uid.clone());
    assert_eq!(recorded.as_deref(), after["metadata"]["uid"].as_str());
    assert!(!bench.plan(&with("example.com/other")).await.plan.summary.changes());
}
