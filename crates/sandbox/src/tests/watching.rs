use super::*;
use crate::{Cut, Fault, FaultAction, SandboxBody};

/// The events of a watch.
pub(super) struct Lines(SandboxBody);

impl Lines {
    pub(super) async fn open(sandbox: &Sandbox, path: &str) -> Self {
        let request = Request::builder().uri(path).body(Bytes::new()).unwrap();
        let response = sandbox.call(request).await;
        assert_eq!(response.status(), 200);
        Self(response.into_body())
    }

    /// The next event; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Result<Value, Cut>> {
        let frame = self.0.frame().await?;
        Some(frame.map(|frame| serde_json::from_slice(&frame.into_data().unwrap()).unwrap()))
    }

    /// All events up to one.
    pub(super) async fn until(mut self, last: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut seen = Vec::new();
        while let Some(Ok(event)) = self.next().await {
            let end = last(&event);
            seen.push(event);
            if end {
                break;
            }
        }
        seen
    }
}

fn short(event: &Value) -> String {
    format!("{} {}", event["type"].as_str().unwrap(), event["object"]["metadata"]["name"].as_str().unwrap_or("-"))
}

#[tokio::test(start_paused = true)]
async fn a_watch_tells_what_happens_after_its_version() {
    let sandbox = memory();
    apply(&sandbox, MAPS, &config_map("a", &json!({}))).await;
    let (_, list) = get(&sandbox, MAPS).await;
    let version = list["metadata"]["resourceVersion"].as_str().unwrap();
    let watch = Lines::open(&sandbox, &format!("{MAPS}?watch=true&resourceVersion={version}")).await;
    apply(&sandbox, MAPS, &config_map("b", &json!({}))).await;
    apply(&sandbox, MAPS, &config_map("b", &json!({"x": "1"}))).await;
    delete(&sandbox, &format!("{MAPS}/b"), &Value::Null).await;
    let seen = watch.until(|event| event["type"] == "DELETED").await;
    assert_eq!(seen.iter().map(short).collect::<Vec<_>>(), ["ADDED b", "MODIFIED b", "DELETED b"]);
    let versions: Vec<u64> =
        seen.iter().map(|e| e["object"]["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap()).collect();
    assert!(versions.is_sorted());
}

#[tokio::test(start_paused = true)]
async fn leaving_a_selection_is_a_deletion_with_the_old_labels() {
    let sandbox = memory();
    let path = format!("{MAPS}?watch=1&labelSelector=role%3Dprimary&resourceVersion=0");
    let watch = Lines::open(&sandbox, &path).await;
    for role in ["primary", "backup", "primary"] {
        let mut map = config_map("m", &json!({}));
        map["metadata"]["labels"] = json!({"role": role});
        apply(&sandbox, MAPS, &map).await;
    }
    delete(&sandbox, &format!("{MAPS}/m"), &Value::Null).await;
    let mut deleted = 0;
    let seen = watch.until(|event| event["type"] == "DELETED").await;
    deleted += seen.len();
    assert_eq!(seen.iter().map(short).collect::<Vec<_>>(), ["ADDED m", "DELETED m"]);
    assert_eq!(seen[1]["object"]["metadata"]["labels"]["role"], "primary");
    assert_eq!(deleted, 2);
}

#[tokio::test(start_paused = true)]
async fn initial_events_end_with_a_bookmark_and_a_watch_ends_in_time() {
    let sandbox = memory();
    apply(&sandbox, MAPS, &config_map("a", &json!({}))).await;
    let query = "watch=1&sendInitialEvents=true&allowWatchBookmarks=true&timeoutSeconds=5";
    let (code, status) = get(&sandbox, &format!("{MAPS}?{query}")).await;
    assert_eq!((code, &status["details"]["causes"][0]["field"]), (422, &json!("resourceVersionMatch")));
    let mut watch = Lines::open(&sandbox, &format!("{MAPS}?{query}&resourceVersionMatch=NotOlderThan")).await;
    let mut seen = Vec::new();
    while let Some(event) = watch.next().await {
        seen.push(event.unwrap());
    }
    let words: Vec<_> = seen.iter().map(short).collect();
    assert_eq!(words, ["ADDED a", "ADDED kube-root-ca.crt", "BOOKMARK -", "BOOKMARK -"]);
    assert_eq!(seen[2]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_version_is_an_error_inside_the_stream() {
    let sandbox = memory();
    apply(&sandbox, MAPS, &config_map("a", &json!({}))).await;
    sandbox.compact();
    let mut watch = Lines::open(&sandbox, &format!("{MAPS}?watch=1&resourceVersion=1")).await;
    let event = watch.next().await.unwrap().unwrap();
    assert_eq!((&event["type"], &event["object"]["code"]), (&json!("ERROR"), &json!(410)));
    assert_eq!(event["object"]["reason"], "Expired");
    assert!(watch.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn pages_are_a_snapshot() {
    let sandbox = memory();
    for name in ["a", "b", "c"] {
        apply(&sandbox, MAPS, &config_map(name, &json!({}))).await;
    }
    let (_, first) = get(&sandbox, &format!("{MAPS}?limit=2")).await;
    assert_eq!(names(&first), ["a", "b"]);
    assert_eq!(first["metadata"]["remainingItemCount"], 2);
    assert!(first["items"][0]["kind"].is_null());
    delete(&sandbox, &format!("{MAPS}/c"), &Value::Null).await;
    let token = first["metadata"]["continue"].as_str().unwrap();
    let (_, second) = get(&sandbox, &format!("{MAPS}?limit=2&continue={token}")).await;
    assert_eq!(names(&second), ["c", "kube-root-ca.crt"]);
    assert_eq!(get(&sandbox, &format!("{MAPS}?continue=xx")).await.0, 400);
    let (_, all) = get(&sandbox, &format!("{MAPS}?limit=1&resourceVersion=0")).await;
    assert_eq!(names(&all), ["a", "b", "kube-root-ca.crt"]);
}

#[tokio::test(start_paused = true)]
async fn faults_hit_the_requests_that_they_are_meant_for() {
    let sandbox = memory();
    let faults = sandbox.faults();
    faults.add(Fault::new(FaultAction::Answer { code: 429, retry_after: Some(1) }).method("PATCH").times(2));
    faults.add(Fault::new(FaultAction::LoseAnswer).method("PATCH").path("/configmaps/b"));
    faults.add(Fault::new(FaultAction::CutWatch { after: 1 }).query("watch"));
    assert_eq!(get(&sandbox, MAPS).await.0, 200);
    let map = config_map("a", &json!({}));
    assert_eq!(apply(&sandbox, MAPS, &map).await.0, 429);
    assert_eq!(apply(&sandbox, MAPS, &map).await.1["details"]["retryAfterSeconds"], 1);
    assert_eq!(apply(&sandbox, MAPS, &map).await.0, 201);
    let body = Bytes::from(config_map("b", &json!({})).to_string());
    let request = Request::patch(format!("{MAPS}/b?fieldManager=x")).header("content-type", APPLY);
    let response = sandbox.call(request.body(body).unwrap()).await;
    assert_eq!(response.into_body().collect().await.unwrap_err(), Cut);
    assert_eq!(get(&sandbox, &format!("{MAPS}/b")).await.0, 200);
    let mut watch = Lines::open(&sandbox, &format!("{MAPS}?watch=1")).await;
    assert!(watch.next().await.unwrap().is_ok());
    assert_eq!(watch.next().await.unwrap().unwrap_err(), Cut);
    let seen: Vec<_> = sandbox.requests().into_iter().map(|line| line.method).collect();
    assert_eq!(seen, ["GET", "PATCH", "PATCH", "PATCH", "PATCH", "GET", "GET"]);
}
