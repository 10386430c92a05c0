//! Answers before they are bytes.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

use super::body::SandboxBody;
use crate::{clock::Now, objects::Failure};

/// An answer in JSON.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) body: Value,
    pub(super) warnings: Vec<String>,
    pub(super) retry_after: Option<u64>,
}

impl Reply {
    pub(super) fn new(code: u16, body: Value) -> Self {
        Self { code, body, warnings: Vec::new(), retry_after: None }
    }

    pub(super) fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    pub(super) fn warn(mut self, warnings: Vec<String>) -> Self {
        self.warnings.extend(warnings);
        self
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

impl From<Failure> for Reply {
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
