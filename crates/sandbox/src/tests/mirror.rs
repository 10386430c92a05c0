use super::*;

pub(super) fn mirrored(name: &str, labeler: bool) -> Value {
    let mut set = stateful_set(name, 2);
    set["spec"]["template"]["metadata"]["labels"]["intersystems.com/component"] = json!("data");
    set["spec"]["updateStrategy"] = json!({"type": "OnDelete"});
    if labeler {
        set["spec"]["template"]["spec"]["initContainers"] =
            json!([{"name": "mirror-labeler", "image": "iriskit:1", "restartPolicy": "Always"}]);
    }
    set
}

pub(super) fn roles(pods: &Value) -> Vec<String> {
    let pods = pods["items"].as_array().unwrap().iter();
    pods.map(|pod| {
        let report = pod["metadata"]["annotations"]["iriskit/mirror-status"].as_str().unwrap_or("{}");
        let report: Value = serde_json::from_str(report).unwrap();
        let role = pod["metadata"]["labels"]["intersystems.com/mirrorRole"].as_str().unwrap_or("-");
        format!("{role} {}", report["journal"].as_str().unwrap_or("-"))
    })
    .collect()
}

#[tokio::test(start_paused = true)]
async fn members_take_roles_and_the_backup_takes_over() {
    let sandbox = memory();
    apply(&sandbox, SETS, &mirrored("m", true)).await;
    wait(&sandbox, PODS, |pods| roles(pods) == ["primary N/A", "backup Active"]).await;
    delete(&sandbox, &format!("{PODS}/m-0"), &Value::Null).await;
    let pods = wait(&sandbox, PODS, |pods| roles(pods).iter().any(|role| role == "backup Catchup")).await;
    assert_eq!(roles(&pods), ["backup Catchup", "primary N/A"]);
    wait(&sandbox, PODS, |pods| roles(pods) == ["backup Active", "primary N/A"]).await;
    assert_eq!(sandbox.fail_over("default", "m").unwrap(), "m-0");
    wait(&sandbox, PODS, |pods| roles(pods) == ["primary N/A", "backup Active"]).await;
    assert_eq!(
        sandbox.fail_over("default", "x").unwrap_err().to_string(),
        "no fail-over of StatefulSet default/x: there is no such StatefulSet"
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_writes_roles_without_the_labeler() {
    let sandbox = memory();
    apply(&sandbox, SETS, &mirrored("m", false)).await;
    wait(&sandbox, &format!("{SETS}/m"), is_done).await;
    assert_eq!(roles(&get(&sandbox, PODS).await.1), ["- -", "- -"]);
    assert!(sandbox.fail_over("default", "m").is_err());
}

#[tokio::test(start_paused = true)]
async fn reports_stay_fresh_while_the_process_runs() {
    let sandbox = memory();
    apply(&sandbox, SETS, &mirrored("m", true)).await;
    wait(&sandbox, PODS, |pods| roles(pods) == ["primary N/A", "backup Active"]).await;
    tokio::time::advance(Duration::from_secs(300)).await;
    let request = Request::get(PODS).body(Bytes::new()).unwrap();
    let response = sandbox.call(request).await;
    let date = response.headers()["date"].to_str().unwrap().to_owned();
    let date = jiff::fmt::rfc2822::parse(&date).unwrap().timestamp();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let pods: Value = serde_json::from_slice(&body).unwrap();
    for pod in pods["items"].as_array().unwrap() {
        let report = pod["metadata"]["annotations"]["iriskit/mirror-status"].as_str().unwrap();
        let report: Value = serde_json::from_str(report).unwrap();
        let at: jiff::Timestamp = report["at"].as_str().unwrap().parse().unwrap();
        assert!(date.duration_since(at).as_secs() <= 10, "{date} {at}");
    }
}
