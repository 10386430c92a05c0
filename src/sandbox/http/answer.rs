//! Answers before they are bytes.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::body::SandboxBody;
use crate::{
    sandbox::{clock::Now, objects::Failure},
    schema::Kind,
};

/// An answer in JSON.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) code: u16,
    pub(super) body: Value,
    pub(super) warnings: Vec<String>,
    pub(super) retry_after: Option<u64>,
}

impl Answer {
    pub(super) fn new(code: u16, body: Value) -> Self {
        Self { code, body, warnings: Vec::new(), retry_after: None }
    }

    pub(super) fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    pub(super) fn into_response(self, now: Now) -> Response<SandboxBody> {
        let bytes = Bytes::from(serde_json::to_vec(&self.body).unwrap_or_default());
        let mut response = response(self.code, "application/json", SandboxBody::whole(bytes), now);
        for warning in &self.warnings {
            let text = warning.replace('\\', "\\\\").replace('"', "\\\"");
            if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{text}\"")) {
                response.headers_mut().append(header::WARNING, value);
            }
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        Self::new(failure.code, failure.to_status())
    }
}

/// A response with the headers that all have.
pub(super) fn response(code: u16, content: &'static str, body: SandboxBody, now: Now) -> Response<SandboxBody> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content));
    let date = now.wall.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

/// `statefulsets.apps`.
pub(super) fn resource_name(kind: &Kind) -> String {
    kind.resource()
}

/// A failure that names one object.
pub(super) fn about(kind: &Kind, name: &str, code: u16, reason: &str, message: String) -> Failure {
    let mut failure = Failure::new(code, reason, message);
    let mut details = json!({"kind": kind.plural});
    if !name.is_empty() {
        crate::sandbox::fields::set(&mut details, &["name"], Some(json!(name)));
    }
    if !kind.group.is_empty() {
        crate::sandbox::fields::set(&mut details, &["group"], Some(json!(kind.group)));
    }
    failure.details = Some(details);
    failure
}

/// 404.
pub(super) fn not_found(kind: &Kind, name: &str) -> Failure {
    about(kind, name, 404, "NotFound", format!("{} \"{name}\" not found", resource_name(kind)))
}

/// 400.
pub(super) fn bad_request(message: impl Into<String>) -> Failure {
    Failure::new(400, "BadRequest", message)
}

/// 409 with the words for a changed object.
pub(super) fn modified(kind: &Kind, name: &str) -> Failure {
    let message = format!(
        "Operation cannot be fulfilled on {} \"{name}\": the object has been modified; please apply your changes to \
         the latest version and try again",
        resource_name(kind)
    );
    about(kind, name, 409, "Conflict", message)
}
