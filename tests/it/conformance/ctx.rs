//! What a case is given: a server and a namespace of its own.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    events::Events,
    reply::Reply,
    server::{self, Server},
};

const PATIENCE: Duration = Duration::from_secs(60);

pub(super) const JSON: &str = "application/json";
pub(super) const APPLY: &str = "application/apply-patch+yaml";
pub(super) const MERGE: &str = "application/merge-patch+json";
pub(super) const JSON_PATCH: &str = "application/json-patch+json";

/// A server and a namespace that nobody else uses.
///
/// Things in the namespace are named by a tail: `configmaps`, `statefulsets/s`, `statefulsets/s/scale`, each with a
/// query if need be. What starts with a slash is a whole path.
pub(super) struct Ctx<'a> {
    server: &'a dyn Server,
    namespace: String,
}

impl<'a> Ctx<'a> {
    /// Makes a namespace that is named after the case, and waits for what Kubernetes puts into each.
    pub(super) fn new(server: &'a dyn Server, case: &str) -> Self {
        let namespace: String = case.replace('_', "-").chars().take(60).collect();
        let ctx = Self { server, namespace: namespace.trim_end_matches('-').to_owned() };
        ctx.post("/api/v1/namespaces", &json!({"metadata": {"name": ctx.namespace}})).created();
        for tail in ["serviceaccounts/default", "configmaps/kube-root-ca.crt"] {
            ctx.until(tail, || (ctx.get(tail).code == 200).then_some(()));
        }
        ctx
    }

    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    pub(super) fn server(&self) -> &dyn Server {
        self.server
    }

    /// The path of a tail.
    pub(super) fn path(&self, tail: &str) -> String {
        if tail.starts_with('/') {
            return tail.to_owned();
        }
        let plural = tail.split(['/', '?']).next().unwrap_or_default();
        format!("/{}/namespaces/{}/{tail}", root(plural), self.namespace)
    }

    pub(super) fn send(&self, method: &str, tail: &str, content_type: &str, body: impl Into<Bytes>) -> Reply {
        server::send(self.server, method, &self.path(tail), content_type, body.into())
    }

    pub(super) fn get(&self, tail: &str) -> Reply {
        self.send("GET", tail, JSON, "")
    }

    pub(super) fn post(&self, tail: &str, body: &Value) -> Reply {
        self.send("POST", tail, JSON, body.to_string())
    }

    pub(super) fn put(&self, tail: &str, body: &Value) -> Reply {
        self.send("PUT", tail, JSON, body.to_string())
    }

    pub(super) fn merge(&self, tail: &str, change: &Value) -> Reply {
        self.send("PATCH", tail, MERGE, change.to_string())
    }

    pub(super) fn json_patch(&self, tail: &str, operations: &Value) -> Reply {
        self.send("PATCH", tail, JSON_PATCH, operations.to_string())
    }

    /// Deletes; `options` may be null.
    pub(super) fn delete(&self, tail: &str, options: &Value) -> Reply {
        self.send("DELETE", tail, JSON, if options.is_null() { String::new() } else { options.to_string() })
    }

    /// Server-side apply as `iriskit`.
    pub(super) fn apply(&self, tail: &str, body: &Value) -> Reply {
        self.apply_as("iriskit", tail, body)
    }

    /// Server-side apply as `iriskit` with force.
    pub(super) fn force(&self, tail: &str, body: &Value) -> Reply {
        self.apply_as("iriskit&force=true", tail, body)
    }

    /// Server-side apply; `manager` may be followed by more of the query.
    pub(super) fn apply_as(&self, manager: &str, tail: &str, body: &Value) -> Reply {
        let separator = if tail.contains('?') { '&' } else { '?' };
        self.send("PATCH", &format!("{tail}{separator}fieldManager={manager}"), APPLY, body.to_string())
    }

    /// A watch; the tail names the collection and may have a query.
    pub(super) fn watch(&self, tail: &str) -> Events {
        let separator = if tail.contains('?') { '&' } else { '?' };
        server::watch(self.server, &self.path(&format!("{tail}{separator}watch=true")))
    }

    /// The server's newest version now.
    pub(super) fn version(&self) -> String {
        let list = self.get("configmaps").ok();
        list["metadata"]["resourceVersion"].as_str().expect("a version").to_owned()
    }

    /// Asks until there is an answer.
    #[track_caller]
    pub(super) fn until<T>(&self, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(answer) = ask() {
                return answer;
            }
            assert!(begin.elapsed() < PATIENCE, "still waiting for {what} in {}", self.namespace);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Asks for an object until it is there and as wanted.
    #[track_caller]
    pub(super) fn until_is(&self, tail: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let begin = Instant::now();
        loop {
            let reply = self.get(tail);
            if reply.code == 200 && wanted(&reply.body) {
                return reply.body;
            }
            assert!(begin.elapsed() < PATIENCE, "{tail} in {} stays {}", self.namespace, reply.body);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Asks for an object until it is gone.
    #[track_caller]
    pub(super) fn until_gone(&self, tail: &str) {
        self.until(&format!("the end of {tail}"), || (self.get(tail).code == 404).then_some(()));
    }
}

fn root(plural: &str) -> &'static str {
    match plural {
        "statefulsets" | "controllerrevisions" => "apis/apps/v1",
        "roles" | "rolebindings" => "apis/rbac.authorization.k8s.io/v1",
        "poddisruptionbudgets" => "apis/policy/v1",
        "ingresses" => "apis/networking.k8s.io/v1",
        "leases" => "apis/coordination.k8s.io/v1",
        _ => "api/v1",
    }
}
