//! A snapshot as a cluster: what was read is answered from it, dry-runs are made by a sandbox that holds its objects, and
//! nothing is ever written.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Either, Full};
use iriskit_core::diff::without_secrets_of;
use iriskit_sandbox::Sandbox;
use iriskit_state::snapshot::{Recorded, Snapshot};
use serde_json::{Value, json};
use tower::service_fn;

use super::sandbox::CONTEXT;
use crate::cluster::{Cluster, Connection, RequestBody};

/// A cluster that answers from a snapshot.
pub fn of_snapshot(snapshot: Snapshot) -> Cluster {
    let origin = snapshot.cluster;
    let connection = Connection {
        sandbox: origin.context == CONTEXT,
        context: origin.context,
        server: origin.server,
        namespace: origin.namespace,
        user: origin.user,
        ca_sha256: origin.ca_sha256,
    };
    let objects = snapshot.answers.values().flat_map(objects).collect();
    let sandbox = Sandbox::holding(objects);
    let answers = std::sync::Arc::new(snapshot.answers);
    let service = service_fn(move |request: Request<RequestBody>| {
        let (sandbox, answers) = (sandbox.clone(), answers.clone());
        async move {
            let is_dry = request.uri().query().is_some_and(|query| query.contains("dryRun=All"));
            if request.method() == Method::PATCH && is_dry {
                let (parts, body) = request.into_parts();
                // A body that breaks off here can only be one of our own, which are all in memory.
                let bytes = body.collect().await.map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes);
                let answer = sandbox.call(Request::from_parts(parts, bytes)).await;
                return Ok::<_, Infallible>(answer.map(Either::Left));
            }
            let path = request.uri().path_and_query().map(http::uri::PathAndQuery::as_str).unwrap_or_default();
            let known = (request.method() == Method::GET).then(|| answers.get(path)).flatten();
            let (code, body) = match known {
                Some(Recorded::Found(body)) => (StatusCode::OK, body.clone()),
                Some(Recorded::Missing) => (StatusCode::NOT_FOUND, status(404, "NotFound", "not found")),
                Some(Recorded::Refused(message)) => (StatusCode::FORBIDDEN, status(403, "Forbidden", message)),
                None => (StatusCode::FORBIDDEN, status(403, "Forbidden", &unknown(request.method(), path))),
            };
            let mut answer = Response::new(Either::Right(Full::new(Bytes::from(body.to_string()))));
            *answer.status_mut() = code;
            answer.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
            Ok(answer)
        }
    });
    Cluster::over(service, connection, without_secrets_of)
}

/// In the words in which a server says that a right is missing: nothing is known of it either way.
fn unknown(method: &Method, path: &str) -> String {
    format!("User \"of the snapshot\" cannot {method} resource \"{path}\": the snapshot has nothing of it")
}

fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message})
}

/// The objects of an answer, each with its kind.
fn objects(answer: &Recorded) -> Vec<Value> {
    let Recorded::Found(body) = answer else { return Vec::new() };
    let Some(items) = body.get("items") else { return vec![body.clone()] };
    let text = |member| body.get(member).and_then(Value::as_str).unwrap_or_default();
    let kind = text("kind").strip_suffix("List").unwrap_or_default();
    let named = |item: &Value| {
        let mut members = item.as_object().cloned().unwrap_or_default();
        members.insert("apiVersion".to_owned(), json!(text("apiVersion")));
        members.insert("kind".to_owned(), json!(kind));
        Value::Object(members)
    };
    items.as_array().into_iter().flatten().filter(|item| item.is_object()).map(named).collect()
}
