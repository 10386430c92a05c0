use super::*;

#[tokio::test(start_paused = true)]
async fn background_deletion_takes_pods_along_and_leaves_claims() {
    let sandbox = memory();
    apply(&sandbox, SETS, &stateful_set("s", 2)).await;
    let set = wait(&sandbox, &format!("{SETS}/s"), is_done).await;
    let (code, status) = delete(&sandbox, &format!("{SETS}/s"), &Value::Null).await;
    assert_eq!((code, &status["status"]), (200, &json!("Success")));
    assert_eq!(
        status["details"],
        json!({"name": "s", "group": "apps", "kind": "statefulsets", "uid": set["metadata"]["uid"]})
    );
    assert_eq!(get(&sandbox, &format!("{SETS}/s")).await.0, 404);
    wait(&sandbox, PODS, |pods| pods["items"] == json!([])).await;
    assert_eq!(names(&get(&sandbox, CLAIMS).await.1), ["data-s-0", "data-s-1"]);
}

#[tokio::test(start_paused = true)]
async fn foreground_deletion_waits_for_pods() {
    let sandbox = memory();
    apply(&sandbox, SETS, &stateful_set("s", 2)).await;
    wait(&sandbox, &format!("{SETS}/s"), is_done).await;
    let (code, left) = delete(&sandbox, &format!("{SETS}/s"), &json!({"propagationPolicy": "Foreground"})).await;
    assert_eq!((code, &left["metadata"]["finalizers"]), (200, &json!(["foregroundDeletion"])));
    assert_eq!(left["metadata"]["generation"], 2);
    let (code, status) = post(&sandbox, SETS, &stateful_set("s", 2)).await;
    assert_eq!(code, 409);
    assert_eq!(status["message"], "object is being deleted: statefulsets.apps \"s\" already exists");
    wait(&sandbox, &format!("{SETS}/s"), |set| set["code"] == 404).await;
    assert_eq!(get(&sandbox, PODS).await.1["items"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn orphaned_pods_run_on_and_are_adopted_again() {
    let sandbox = memory();
    let path = format!("{SETS}/s");
    apply(&sandbox, SETS, &stateful_set("s", 2)).await;
    wait(&sandbox, &path, is_done).await;
    let uids = |pods: &Value| -> Vec<Value> {
        pods["items"].as_array().unwrap().iter().map(|pod| pod["metadata"]["uid"].clone()).collect()
    };
    let before = get(&sandbox, PODS).await.1;
    delete(&sandbox, &path, &json!({"propagationPolicy": "Orphan"})).await;
    wait(&sandbox, &path, |set| set["code"] == 404).await;
    let orphans = get(&sandbox, PODS).await.1;
    assert_eq!(uids(&orphans), uids(&before));
    assert!(orphans["items"][0]["metadata"]["ownerReferences"].is_null());
    let mut other = stateful_set("s", 2);
    other["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = json!("2Gi");
    let (_, made) = apply(&sandbox, SETS, &other).await;
    wait(&sandbox, &path, is_done).await;
    let adopted = get(&sandbox, PODS).await.1;
    assert_eq!(uids(&adopted), uids(&before));
    assert_eq!(adopted["items"][0]["metadata"]["ownerReferences"][0]["uid"], made["metadata"]["uid"]);
    let claim = get(&sandbox, &format!("{CLAIMS}/data-s-0")).await.1;
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "1Gi");
}

#[tokio::test(start_paused = true)]
async fn a_set_recreated_with_another_claim_template_is_wedged_until_its_pods_go() {
    let sandbox = memory();
    let path = format!("{SETS}/s");
    apply(&sandbox, SETS, &stateful_set("s", 2)).await;
    wait(&sandbox, &path, is_done).await;
    delete(&sandbox, &path, &json!({"propagationPolicy": "Orphan"})).await;
    wait(&sandbox, &path, |set| set["code"] == 404).await;
    let mut other = stateful_set("s", 2);
    let mut template = other["spec"]["volumeClaimTemplates"][0].clone();
    template["metadata"]["name"] = json!("wij");
    other["spec"]["volumeClaimTemplates"].as_array_mut().unwrap().push(template);
    apply(&sandbox, SETS, &other).await;
    wait(&sandbox, &path, is_done).await;
    let events = "/api/v1/namespaces/default/events?fieldSelector=reason=FailedUpdate";
    let events = wait(&sandbox, events, |events| events["items"][0]["type"] == "Warning").await;
    assert!(events["items"][0]["message"].as_str().unwrap().contains("its volumes for claims can't be changed"));
    merge(&sandbox, &path, &json!({"spec": {"replicas": 3}})).await;
    wait(&sandbox, &path, |set| set["status"]["observedGeneration"] == 2).await;
    assert_eq!(names(&get(&sandbox, PODS).await.1), ["s-0", "s-1"]);
    for pod in ["s-0", "s-1"] {
        delete(&sandbox, &format!("{PODS}/{pod}"), &Value::Null).await;
    }
    wait(&sandbox, &path, is_done).await;
    assert_eq!(get(&sandbox, CLAIMS).await.1["items"].as_array().unwrap().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn claims_go_as_the_retention_policy_says_and_not_while_in_use() {
    let sandbox = memory();
    let path = format!("{SETS}/s");
    let mut set = stateful_set("s", 2);
    set["spec"]["persistentVolumeClaimRetentionPolicy"] = json!({"whenDeleted": "Delete", "whenScaled": "Delete"});
    apply(&sandbox, SETS, &set).await;
    wait(&sandbox, &path, is_done).await;
    let claim = get(&sandbox, &format!("{CLAIMS}/data-s-0")).await.1;
    assert_eq!(claim["metadata"]["ownerReferences"][0]["kind"], "StatefulSet");
    let (_, left) = delete(&sandbox, &format!("{CLAIMS}/data-s-0"), &Value::Null).await;
    assert_eq!(left["metadata"]["finalizers"], json!(["kubernetes.io/pvc-protection"]));
    merge(&sandbox, &path, &json!({"spec": {"replicas": 1}})).await;
    wait(&sandbox, &format!("{CLAIMS}/data-s-1"), |claim| claim["code"] == 404).await;
    delete(&sandbox, &path, &Value::Null).await;
    wait(&sandbox, CLAIMS, |claims| claims["items"] == json!([])).await;
    wait(&sandbox, "/api/v1/persistentvolumes", |volumes| volumes["items"] == json!([])).await;
}

#[tokio::test(start_paused = true)]
async fn preconditions_guard_deletions() {
    let sandbox = memory();
    let (_, made) = apply(&sandbox, SETS, &stateful_set("s", 1)).await;
    let path = format!("{SETS}/s");
    let (code, status) = delete(&sandbox, &path, &json!({"preconditions": {"uid": "x", "resourceVersion": "1"}})).await;
    assert_eq!((code, &status["reason"]), (409, &json!("Conflict")));
    assert_eq!(
        status["message"],
        format!(
            "Operation cannot be fulfilled on StatefulSet.apps \"s\": the UID in the precondition (x) does not match the \
             UID in record ({}). The object might have been deleted and then recreated",
            made["metadata"]["uid"].as_str().unwrap()
        )
    );
    assert_eq!(delete(&sandbox, &format!("{SETS}/t"), &Value::Null).await.0, 404);
    let options = json!({"preconditions": {"uid": made["metadata"]["uid"]}, "dryRun": ["All"]});
    assert_eq!(delete(&sandbox, &path, &options).await.0, 200);
    assert_eq!(get(&sandbox, &path).await.0, 200);
}
