//! The room over a service that answers what a test says, in paused time.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures::StreamExt as _;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use kube::client::Body;
use serde_json::{Value, json};
use tower::BoxError;

use super::{ApplyMode, Cluster, Connection, DeleteOptions, Propagation, WatchEvent};
use iriskit_kubernetes::schema::ObjectRef;

fn plain(text: &str, _: &Value) -> String {
    text.to_owned()
}

type Scripted = Result<Response<Full<Bytes>>, String>;

#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Scripted>>>,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Script {
    fn answer(self, code: u16, body: &Value) -> Self {
        self.text(code, &[("date", "Sun, 22 Nov 2026 05:56:34 GMT")], &body.to_string())
    }

    fn text(self, code: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let mut answer = Response::builder().status(code);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        let answer = answer.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
        self.answers.lock().unwrap().push_back(Ok(answer));
        self
    }

    fn broken(self, message: &str) -> Self {
        self.answers.lock().unwrap().push_back(Err(message.to_owned()));
        self
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(line, _)| line.clone()).collect()
    }

    fn cluster(&self) -> Cluster {
        let script = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let script = script.clone();
            async move {
                let line = format!("{} {}", request.method(), request.uri());
                let body = request.into_body().collect().await?.to_bytes();
                script.asked.lock().unwrap().push((line, serde_json::from_slice(&body).unwrap_or_default()));
                let answer = script.answers.lock().unwrap().pop_front().expect("one request too many");
                answer.map_err(BoxError::from)
            }
        });
        let connection = Connection {
            context: "test".into(),
            server: "test".into(),
            namespace: "n".into(),
            user: None,
            ca_sha256: None,
            sandbox: false,
        };
        Cluster::over(service, connection, plain)
    }
}

fn configmap() -> ObjectRef {
    ObjectRef::namespaced("v1", "ConfigMap", "n", "c")
}

#[tokio::test(start_paused = true)]
async fn apply_says_manager_strictness_and_force() {
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap"});
    let script = Script::default()
        .text(201, &[("warning", r#"299 - "old \"api\"""#), ("warning", r#"299 - "two""#)], "{}")
        .answer(200, &json!({}));
    let cluster = script.cluster();
    let applied = cluster.apply(&configmap(), &body, ApplyMode { dry_run: true, force: true }).await.unwrap();
    assert!(applied.created);
    assert_eq!(applied.warnings, ["old \"api\"", "two"]);
    assert!(!cluster.apply(&configmap(), &body, ApplyMode::default()).await.unwrap().created);
    let path = "PATCH /api/v1/namespaces/n/configmaps/c?fieldManager=iriskit&fieldValidation=Strict";
    assert_eq!(script.asked(), [format!("{path}&dryRun=All&force=true"), path.to_owned()]);
    let now = cluster.server_time().map(|time| time.to_string());
    assert_eq!(now.as_deref(), Some("2026-11-22T05:56:34Z"));
}

#[tokio::test(start_paused = true)]
async fn reads_are_repeated_and_writes_are_not() {
    let busy = json!({"kind": "Status", "code": 503, "message": "busy"});
    let script = Script::default().answer(503, &busy).broken("connection reset").answer(200, &json!({"a": 1}));
    assert_eq!(script.cluster().get(&configmap()).await.unwrap(), Some(json!({"a": 1})));
    assert_eq!(script.asked().len(), 3);

    let script = Script::default().answer(503, &busy);
    let error = script.cluster().create(&configmap(), &json!({})).await.unwrap_err();
    assert_eq!((error.code(), script.asked().len()), (Some(503), 1));

    let script = Script::default().broken("connection reset");
    let error = script.cluster().apply(&configmap(), &json!({}), ApplyMode::default()).await.unwrap_err();
    assert!(error.is_ambiguous(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_servers_pause_is_honoured_unless_it_exceeds_the_deadline() {
    let begun = tokio::time::Instant::now();
    let script = Script::default().text(429, &[("retry-after", "7")], "{}").answer(200, &json!({}));
    script.cluster().create(&configmap(), &json!({})).await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), 7);

    let script = Script::default().text(429, &[("retry-after", "70")], "{}");
    let error = script.cluster().get(&configmap()).await.unwrap_err();
    assert_eq!((error.code(), script.asked().len()), (Some(429), 1));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up() {
    let never = tower::service_fn(|_: Request<Body>| async {
        std::future::pending::<Result<Response<Full<Bytes>>, BoxError>>().await
    });
    let connection = Script::default().cluster().connection().clone();
    let error = Cluster::over(never, connection, plain).get(&configmap()).await.unwrap_err();
    assert_eq!(error.to_string(), "no answer to GET /api/v1/namespaces/n/configmaps/c within 60 s");
}

/// What may have happened is not done again, unless it changes nothing.
#[tokio::test(start_paused = true)]
async fn only_what_changes_nothing_is_repeated_after_a_failure_that_says_nothing() {
    for code in [500, 502, 503, 504] {
        let script = Script::default().answer(code, &json!({})).answer(200, &json!({"a": 1}));
        assert_eq!(script.cluster().get(&configmap()).await.unwrap(), Some(json!({"a": 1})), "{code}");
        let script = Script::default().answer(code, &json!({}));
        let error = script.cluster().merge_patch(&configmap(), &json!({})).await.unwrap_err();
        assert!(error.is_ambiguous() && script.asked().len() == 1, "{code}");
    }
    let script = Script::default().text(200, &[], "{\"a\": ").answer(200, &json!({"a": 1}));
    assert_eq!(script.cluster().get(&configmap()).await.unwrap(), Some(json!({"a": 1})));
    // Without credentials nothing was done: once more, since they may have been renewed, and not for ever.
    let script = Script::default().answer(401, &json!({})).answer(200, &json!({}));
    script.cluster().create(&configmap(), &json!({})).await.unwrap();
    let script = Script::default().answer(401, &json!({})).answer(401, &json!({}));
    assert_eq!(script.cluster().get(&configmap()).await.unwrap_err().code(), Some(401));
}

#[tokio::test(start_paused = true)]
async fn a_kind_without_its_definition_has_no_objects() {
    let script = Script::default().text(404, &[], "404 page not found\n");
    let object = ObjectRef::namespaced("intersystems.com/v1alpha1", "IrisCluster", "n", "iris");
    assert_eq!(script.cluster().get(&object).await.unwrap(), None);
    assert_eq!(script.asked(), ["GET /apis/intersystems.com/v1alpha1/namespaces/n/irisclusters/iris"]);
}

#[tokio::test(start_paused = true)]
async fn items_of_a_list_say_their_kind() {
    let page =
        json!({"kind": "ConfigMapList", "metadata": {"resourceVersion": "7"}, "items": [{"metadata": {"name": "c"}}]});
    let script = Script::default().answer(200, &page);
    let list = script.cluster().list("v1", "ConfigMap", Some("n"), Some("a=b")).await.unwrap();
    assert_eq!(list.resource_version, "7");
    assert_eq!(list.items, [json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}})]);
    assert_eq!(script.asked(), ["GET /api/v1/namespaces/n/configmaps?labelSelector=a%3Db"]);
}

#[tokio::test(start_paused = true)]
async fn deletions_carry_their_guards() {
    let script = Script::default().answer(200, &json!({}));
    let options = DeleteOptions { uid: Some("u".into()), propagation: Propagation::Orphan, ..Default::default() };
    script.cluster().delete(&configmap(), &options).await.unwrap();
    let asked = script.asked.lock().unwrap().clone();
    let body = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Orphan", "preconditions": {"uid": "u"}});
    assert_eq!(asked, [("DELETE /api/v1/namespaces/n/configmaps/c".to_owned(), body)]);
}

/// A server that is given a body takes no `dryRun` from the query.
#[tokio::test(start_paused = true)]
async fn a_dry_deletion_says_so_in_its_body() {
    let script = Script::default().answer(200, &json!({}));
    let options = DeleteOptions { dry_run: true, ..Default::default() };
    script.cluster().delete(&configmap(), &options).await.unwrap();
    let asked = script.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].1["dryRun"], json!(["All"]));
}

#[tokio::test(start_paused = true)]
async fn a_watch_gives_events_and_ends_with_the_error() {
    let lines = [
        json!({"type": "ADDED", "object": {"metadata": {"resourceVersion": "8"}}}),
        json!({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "9"}}}),
        json!({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}}),
    ];
    let text = lines.map(|line| line.to_string()).join("\n") + "\n";
    let script = Script::default().text(200, &[], &text);
    let events: Vec<_> = script.cluster().watch("v1", "Pod", Some("n"), None, "7").collect().await;
    assert!(matches!(&events[0], Ok(event @ WatchEvent::Added(_)) if event.resource_version() == Some("8")));
    assert!(matches!(&events[1], Ok(WatchEvent::Bookmark(version)) if version == "9"));
    assert!(matches!(&events[2], Err(error) if error.code() == Some(410)));
    assert_eq!(events.len(), 3);
    assert_eq!(
        script.asked(),
        ["GET /api/v1/namespaces/n/pods?watch=true&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion=7"]
    );
}

#[tokio::test(start_paused = true)]
async fn rights_are_asked_for_by_name() {
    let script =
        Script::default().answer(201, &json!({"status": {"allowed": true}})).answer(201, &json!({"status": {}}));
    let cluster = script.cluster();
    assert!(cluster.can("patch", "apps/v1", "StatefulSet", Some("n"), Some("s")).await.unwrap());
    assert!(!cluster.can("create", "storage.k8s.io/v1", "StorageClass", Some("n"), None).await.unwrap());
    let asked = script.asked.lock().unwrap().clone();
    let attributes: Vec<_> = asked.iter().map(|(_, body)| body["spec"]["resourceAttributes"].clone()).collect();
    assert_eq!(
        attributes,
        [
            json!({"verb": "patch", "group": "apps", "resource": "statefulsets", "namespace": "n", "name": "s"}),
            json!({"verb": "create", "group": "storage.k8s.io", "resource": "storageclasses"}),
        ]
    );
}

#[tokio::test]
async fn an_unreachable_server_is_named_with_its_context() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config");
    // Port 9 of the loopback (discard) has no listener.
    let text = "{apiVersion: v1, kind: Config, current-context: a, clusters: [{name: k, cluster: {server: 'https://127.0.0.1:9'}}], contexts: [{name: a, context: {cluster: k}}]}";
    std::fs::write(&file, text).unwrap();
    let options = super::ConnectOptions { kubeconfig: Some(file), ..Default::default() };
    let error = Cluster::connect(&options, plain).await.unwrap_err().to_string();
    let error = error.replace(&dir.path().display().to_string(), "DIR");
    assert!(error.starts_with("can't reach https://127.0.0.1:9 (context `a` of DIR/config): "), "{error}");
    assert!(error.ends_with("; `--sandbox` works without a cluster"), "{error}");
    assert!(matches!(Cluster::connect(&options, plain).await, Err(super::ConnectError::Unreachable { .. })));
}
