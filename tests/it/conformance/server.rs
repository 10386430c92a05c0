//! What a case needs of a server, whichever it is.

use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::{events::Events, reply::Reply};

/// Names the suite in managedFields, where a request names no manager.
const USER_AGENT: &str = "conformance/1.0";
/// No answer takes longer, short of a hanging server.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// A Kubernetes API.
pub(super) trait Server: Sync {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Body>>;

    /// Where its calls run.
    fn runtime(&self) -> &Runtime;

    /// Makes it forget its first changes, so that a watch of events from version 1 is expired.
    fn forget_first_versions(&self);
}

/// Sends a request and reads the whole answer.
pub(super) fn send(server: &dyn Server, method: &str, path: &str, content_type: &str, body: Bytes) -> Reply {
    let exchange = async {
        let answer = server.call(request(method, path, content_type, body)).await;
        let (head, body) = answer.into_parts();
        (head, body.collect().await.expect("a whole body").to_bytes())
    };
    let exchange = async { tokio::time::timeout(PATIENCE, exchange).await };
    let Ok((head, bytes)) = server.runtime().block_on(exchange) else { panic!("{method} {path}: no answer") };
    let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
    Reply {
        request: format!("{method} {path}"),
        code: head.status.as_u16(),
        headers: head.headers,
        body: serde_json::from_slice(&bytes).unwrap_or_else(|_| text()),
    }
}

/// Starts a watch; returns once the server has accepted it.
pub(super) fn watch(server: &dyn Server, path: &str) -> Events {
    let request = request("GET", path, "application/json", Bytes::new());
    let call = async { tokio::time::timeout(PATIENCE, server.call(request)).await };
    let Ok(answer) = server.runtime().block_on(call) else { panic!("watch {path}: no answer") };
    assert_eq!(answer.status().as_u16(), 200, "watch {path}");
    Events::follow(path, answer.into_body(), server.runtime())
}

fn request(method: &str, path: &str, content_type: &str, body: Bytes) -> Request<Bytes> {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_TYPE, content_type.parse().expect("a media type"));
    headers.insert(http::header::ACCEPT, http::HeaderValue::from_static("application/json"));
    headers.insert(http::header::USER_AGENT, http::HeaderValue::from_static(USER_AGENT));
    let mut request = Request::builder().method(method).uri(path).body(body).expect("a request");
    *request.headers_mut() = headers;
    request
}
