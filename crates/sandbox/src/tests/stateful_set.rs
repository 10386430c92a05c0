use super::*;

fn image(set: &Value, image: &str) -> Value {
    let mut set = set.clone();
    set["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
    set
}

#[tokio::test(start_paused = true)]
async fn pods_are_made_one_by_one_with_their_claims() {
    let sandbox = memory();
    let (code, made) = apply(&sandbox, SETS, &stateful_set("s", 3)).await;
    assert_eq!((code, &made["status"]), (201, &json!({"replicas": 0, "availableReplicas": 0})));
    let path = format!("{SETS}/s");
    let set = wait(&sandbox, &path, |set| set["status"]["readyReplicas"] == 1).await;
    assert!(set["status"]["replicas"].as_i64().unwrap() <= 2, "{set}");
    let set = wait(&sandbox, &path, is_done).await;
    let revision = set["status"]["updateRevision"].as_str().unwrap();
    assert_eq!(set["status"]["currentRevision"], revision);
    let (_, pods) = get(&sandbox, PODS).await;
    assert_eq!(names(&pods), ["s-0", "s-1", "s-2"]);
    let pod = &pods["items"][1];
    assert_eq!(
        pod["metadata"]["labels"],
        json!({
            "app": "s",
            "apps.kubernetes.io/pod-index": "1",
            "controller-revision-hash": revision,
            "statefulset.kubernetes.io/pod-name": "s-1",
        })
    );
    assert_eq!(pod["spec"]["hostname"], "s-1");
    assert_eq!(pod["spec"]["subdomain"], "svc");
    let (_, claims) = get(&sandbox, CLAIMS).await;
    assert_eq!(names(&claims), ["data-s-0", "data-s-1", "data-s-2"]);
    assert_eq!(claims["items"][0]["metadata"]["labels"], json!({"tier": "disk", "app": "s"}));
    assert_eq!(claims["items"][0]["status"]["phase"], "Bound");
}

#[tokio::test(start_paused = true)]
async fn a_roll_goes_from_the_highest_ordinal_and_the_status_tells() {
    let sandbox = memory();
    let path = format!("{SETS}/s");
    apply(&sandbox, SETS, &stateful_set("s", 3)).await;
    let old = wait(&sandbox, &path, is_done).await;
    let version = old["metadata"]["resourceVersion"].as_str().unwrap();
    let watch = watching::Lines::open(&sandbox, &format!("{SETS}?watch=1&resourceVersion={version}")).await;
    let (_, changed) = apply(&sandbox, SETS, &image(&stateful_set("s", 3), "iris:2")).await;
    assert_eq!(changed["metadata"]["generation"], 2);
    assert_eq!(changed["status"], old["status"]);
    wait(&sandbox, &path, is_done).await;
    let seen: Vec<String> = watch
        .until(|event| is_done(&event["object"]) && event["object"]["metadata"]["generation"] == 2)
        .await
        .iter()
        .map(|event| {
            let status = &event["object"]["status"];
            let count = |field: &str| status[field].as_i64().map_or("-".to_owned(), |count| count.to_string());
            format!(
                "og {} ready {} updated {} current {}{}",
                count("observedGeneration"),
                count("readyReplicas"),
                count("updatedReplicas"),
                count("currentReplicas"),
                if status["currentRevision"] == status["updateRevision"] { " =" } else { "" }
            )
        })
        .collect();
    insta::assert_snapshot!(seen.join("\n"), @"
    og 1 ready 3 updated 3 current 3 =
    og 2 ready 3 updated - current 2
    og 2 ready 2 updated 1 current 2
    og 2 ready 3 updated 1 current 1
    og 2 ready 2 updated 2 current 1
    og 2 ready 3 updated 2 current -
    og 2 ready 2 updated 3 current -
    og 2 ready 3 updated 3 current 3 =
    ");
}

#[tokio::test(start_paused = true)]
async fn on_delete_waits_for_somebody_to_delete() {
    let sandbox = memory();
    let path = format!("{SETS}/s");
    let mut set = stateful_set("s", 2);
    set["spec"]["updateStrategy"] = json!({"type": "OnDelete"});
    apply(&sandbox, SETS, &set).await;
    let before = wait(&sandbox, &path, is_done).await;
    apply(&sandbox, SETS, &image(&set, "iris:2")).await;
    let waiting = wait(&sandbox, &path, |set| set["status"]["observedGeneration"] == 2).await;
    assert_eq!(waiting["status"]["updatedReplicas"], Value::Null);
    assert_eq!(waiting["status"]["readyReplicas"], 2);
    for pod in ["s-0", "s-1"] {
        delete(&sandbox, &format!("{PODS}/{pod}"), &Value::Null).await;
        wait(&sandbox, &path, |set| set["status"]["readyReplicas"] == 1).await;
        wait(&sandbox, &path, |set| set["status"]["readyReplicas"] == 2).await;
    }
    let after = wait(&sandbox, &path, is_done).await;
    assert_eq!(after["status"]["currentRevision"], before["status"]["currentRevision"]);
    assert_ne!(after["status"]["currentRevision"], after["status"]["updateRevision"]);
}

#[tokio::test(start_paused = true)]
async fn a_partition_keeps_lower_ordinals() {
    let sandbox = memory();
    let path = format!("{SETS}/s");
    let mut set = stateful_set("s", 3);
    set["spec"]["updateStrategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}});
    apply(&sandbox, SETS, &set).await;
    wait(&sandbox, &path, is_done).await;
    apply(&sandbox, SETS, &image(&set, "iris:2")).await;
    let status = |set: &Value| (set["status"]["updatedReplicas"].clone(), set["status"]["readyReplicas"].clone());
    wait(&sandbox, &path, |set| status(set) == (json!(1), json!(3))).await;
    delete(&sandbox, &format!("{PODS}/s-0"), &Value::Null).await;
    wait(&sandbox, &path, |set| set["status"]["readyReplicas"] == 2).await;
    wait(&sandbox, &path, |set| status(set) == (json!(1), json!(3))).await;
    let (_, pods) = get(&sandbox, PODS).await;
    let images: Vec<_> =
        pods["items"].as_array().unwrap().iter().map(|pod| &pod["spec"]["containers"][0]["image"]).collect();
    assert_eq!(images, ["iris:1", "iris:1", "iris:2"]);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_not_ready_blocks_an_ordered_set_but_not_scaling_to_zero() {
    let sandbox = memory();
    let path = format!("{SETS}/s");
    let mut set = stateful_set("s", 3);
    set["spec"]["template"]["metadata"]["annotations"] = json!({"iriskit-test/hold": "true"});
    apply(&sandbox, SETS, &set).await;
    wait(&sandbox, &format!("{PODS}/s-0"), |pod| pod["status"]["phase"] == "Running").await;
    let good = stateful_set("s", 3);
    let mut good = good;
    good["spec"]["template"]["metadata"]["annotations"] = json!({"iriskit-test/hold": "false"});
    apply(&sandbox, SETS, &good).await;
    wait(&sandbox, &path, |set| set["status"]["observedGeneration"] == 2).await;
    assert_eq!(names(&get(&sandbox, PODS).await.1), ["s-0"]);
    merge(&sandbox, &path, &json!({"spec": {"replicas": 0}})).await;
    wait(&sandbox, PODS, |pods| pods["items"] == json!([])).await;
    merge(&sandbox, &path, &json!({"spec": {"replicas": 2}})).await;
    wait(&sandbox, &path, is_done).await;
}

#[tokio::test(start_paused = true)]
async fn failing_pods_say_why() {
    let sandbox = memory();
    for (name, reason) in [("a", "ImagePullBackOff"), ("b", "CrashLoopBackOff")] {
        let mut set = stateful_set(name, 1);
        set["spec"]["template"]["metadata"]["annotations"] = json!({"iriskit-test/fail": reason});
        apply(&sandbox, SETS, &set).await;
        wait(&sandbox, &format!("{PODS}/{name}-0"), |pod| {
            pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == reason
        })
        .await;
    }
    let events = "/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=b-0,type=Warning";
    let (_, events) = get(&sandbox, events).await;
    assert_eq!(events["items"][0]["reason"], "BackOff");
    let mut set = stateful_set("c", 1);
    set["spec"]["template"]["spec"]["serviceAccountName"] = json!("nobody");
    apply(&sandbox, SETS, &set).await;
    let events = "/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=c,reason=FailedCreate";
    let events = wait(&sandbox, events, |events| events["items"][0]["type"] == "Warning").await;
    assert_eq!(
        events["items"][0]["message"],
        "Create Pod c-0 in StatefulSet c failed error: pods \"c-0\" is forbidden: error looking up service account \
         default/nobody: serviceaccount \"nobody\" not found"
    );
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "nobody"}});
    post(&sandbox, "/api/v1/namespaces/default/serviceaccounts", &account).await;
    wait(&sandbox, &format!("{SETS}/c"), is_done).await;
}

#[tokio::test(start_paused = true)]
async fn min_ready_seconds_delay_availability() {
    let sandbox = memory();
    let mut set = stateful_set("s", 2);
    set["spec"]["minReadySeconds"] = json!(5);
    apply(&sandbox, SETS, &set).await;
    let path = format!("{SETS}/s");
    let first = wait(&sandbox, &path, |set| set["status"]["readyReplicas"] == 1).await;
    assert_eq!(first["status"]["availableReplicas"], 0);
    assert_eq!(first["status"]["replicas"], 1);
    let last = wait(&sandbox, &path, |set| set["status"]["readyReplicas"] == 2).await;
    assert_eq!(last["status"]["availableReplicas"], 1);
    wait(&sandbox, &path, is_done).await;
}

#[tokio::test(start_paused = true)]
async fn sets_settle_in_a_fraction_of_a_second() {
    let sandbox = memory();
    let start = tokio::time::Instant::now();
    for at in 0..10 {
        let mut set = stateful_set(&format!("s{at}"), 3);
        if at % 2 == 0 {
            set["spec"]["podManagementPolicy"] = json!("Parallel");
        }
        apply(&sandbox, SETS, &set).await;
    }
    wait(&sandbox, SETS, |sets| sets["items"].as_array().unwrap().iter().all(is_done)).await;
    assert!(start.elapsed() < Duration::from_millis(300), "{:?}", start.elapsed());
}
