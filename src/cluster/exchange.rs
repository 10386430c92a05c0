//! One request and its answer: deadline, repetition, errors.

use std::time::Duration;

use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use jiff::{Timestamp, fmt::rfc2822};
use kube::client::Body;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::{ApiError, Cluster, USER_AGENT, client::error_chain, uri::Target};

/// For a request with all its repetitions.
const DEADLINE: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Server-side apply takes YAML of old; JSON is a subset of it.
pub(super) const APPLY_PATCH: &str = "application/apply-patch+yaml";
/// RFC 7386.
pub(super) const MERGE_PATCH: &str = "application/merge-patch+json";
/// Ordinary bodies.
pub(super) const JSON: &str = "application/json";

/// What is asked.
pub(super) struct Call {
    method: Method,
    target: Target,
    content: Option<(&'static str, Vec<u8>)>,
    repeatable: bool,
}

/// An answer that is a success.
pub(super) struct Received {
    pub(super) code: u16,
    pub(super) body: Value,
    pub(super) warnings: Vec<String>,
}

impl Call {
    /// A request that changes nothing and may be repeated.
    pub(super) fn get(target: Target) -> Self {
        Self { method: Method::GET, target, content: None, repeatable: true }
    }

    /// A request with a body.
    pub(super) fn with_body(method: Method, target: Target, content_type: &'static str, body: &Value) -> Self {
        Self { method, target, content: Some((content_type, body.to_string().into_bytes())), repeatable: false }
    }

    /// Says that doing it twice is like doing it once.
    #[must_use]
    pub(super) fn repeatable(mut self, repeatable: bool) -> Self {
        self.repeatable = repeatable;
        self
    }

    fn request(&self) -> Result<Request<Body>, ApiError> {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(self.target.as_str())
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::ACCEPT, JSON);
        let body = match &self.content {
            Some((content_type, bytes)) => {
                request = request.header(header::CONTENT_TYPE, *content_type);
                Body::from(bytes.clone())
            }
            None => Body::empty(),
        };
        request.body(body).map_err(|error| self.malformed(error.to_string()))
    }

    fn malformed(&self, message: String) -> ApiError {
        ApiError::Malformed { path: self.target.as_str().to_owned(), message }
    }

    fn timed_out(&self, limit: Duration) -> ApiError {
        ApiError::Timeout { method: self.method.to_string(), path: self.target.as_str().to_owned(), limit }
    }

    /// Whether to try again after `error`. What the server has not begun may always be tried again.
    fn again_after(&self, error: &ApiError) -> bool {
        match error {
            ApiError::Status { code: 429, causes, .. } => {
                !causes.iter().any(|cause| cause.reason == "DisruptionBudget")
            }
            ApiError::Transport { sent: false, .. } => true,
            ApiError::Status { code: 503 | 504, .. } | ApiError::Transport { .. } => self.repeatable,
            _ => false,
        }
    }
}

impl Cluster {
    /// Sends a request and reads the whole answer.
    pub(super) async fn exchange(&self, call: &Call) -> Result<Received, ApiError> {
        let answer = self.within_deadline(call, || async {
            let answer = self.send(call).await?;
            let (code, warnings) = (answer.status().as_u16(), warnings(answer.headers()));
            let bytes = self.read(call, answer).await?;
            let body = serde_json::from_slice(&bytes).map_err(|error| call.malformed(error.to_string()))?;
            Ok(Received { code, body, warnings })
        });
        let answer = answer.await;
        if call.method == Method::GET {
            self.hear(call.target.as_str(), || {
                answer.as_ref().map(|answer| answer.body.clone()).map_err(ApiError::clone)
            });
        }
        answer
    }

    /// Sends a request whose answer is no JSON but text.
    pub(super) async fn text(&self, call: &Call) -> Result<String, ApiError> {
        let bytes = self.within_deadline(call, || async { self.read(call, self.send(call).await?).await }).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Sends a request whose answer is a stream.
    pub(super) async fn open(&self, call: &Call) -> Result<Response<Body>, ApiError> {
        self.within_deadline(call, || self.send(call)).await
    }

    async fn within_deadline<T, F>(&self, call: &Call, attempt: impl Fn() -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        for number in 1.. {
            let left = DEADLINE.saturating_sub(begun.elapsed());
            let error = match timeout(left, attempt()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => error,
                Err(_) => return Err(call.timed_out(DEADLINE)),
            };
            let wait = error.retry_after().unwrap_or(pause);
            if number >= ATTEMPTS || !call.again_after(&error) || begun.elapsed() + wait >= DEADLINE {
                return Err(error);
            }
            tracing::debug!(path = call.target.as_str(), %error, ?wait, "trying again");
            sleep(wait).await;
            pause *= 2;
        }
        Err(call.timed_out(DEADLINE))
    }

    async fn send(&self, call: &Call) -> Result<Response<Body>, ApiError> {
        let answer = self.client().send(call.request()?).await.map_err(|error| transport_error(&error))?;
        if let Some(date) = answer.headers().get(header::DATE).and_then(|date| http_date(date.to_str().ok()?)) {
            self.saw_date(date);
        }
        if answer.status().is_success() {
            return Ok(answer);
        }
        let (status, retry_after) = (answer.status(), retry_after(answer.headers()));
        let body = self.read(call, answer).await?;
        tracing::debug!(path = call.target.as_str(), code = status.as_u16(), "refused");
        Err(refusal(status, &body, retry_after))
    }

    async fn read(&self, call: &Call, answer: Response<Body>) -> Result<bytes::Bytes, ApiError> {
        match answer.into_body().collect().await {
            Ok(collected) => Ok(collected.to_bytes()),
            Err(error) => {
                let message =
                    format!("{}: the response was interrupted: {}", call.target.as_str(), error_chain(&error));
                Err(ApiError::Transport { message, sent: true })
            }
        }
    }
}

fn refusal(status: StatusCode, body: &[u8], retry_after: Option<Duration>) -> ApiError {
    ApiError::from_answer(status.as_u16(), body, retry_after)
}

pub(super) fn transport_error(error: &kube::Error) -> ApiError {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut sent = true;
    while let Some(cause) = source {
        if let Some(cause) = cause.downcast_ref::<hyper_util::client::legacy::Error>() {
            sent = !cause.is_connect();
        }
        source = cause.source();
    }
    ApiError::Transport { message: error_chain(error), sent }
}

/// `Date` is RFC 2822 with the zone `GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// Seconds; the form with a date is not used by API servers.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The texts of `Warning: 299 - "text"` headers.
fn warnings(headers: &HeaderMap) -> Vec<String> {
    headers.get_all(header::WARNING).iter().filter_map(|value| warning(value.to_str().ok()?)).collect()
}

fn warning(header: &str) -> Option<String> {
    let (_, quoted) = header.split_once('"')?;
    let mut text = String::new();
    let mut escaped = false;
    for character in quoted.chars() {
        match character {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return Some(text),
            _ => {
                escaped = false;
                text.push(character);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read() {
        assert_eq!(warning(r#"299 - "unknown field \"spec.x\"""#).as_deref(), Some(r#"unknown field "spec.x""#));
        assert_eq!(warning("299 - none"), None);
        let date = http_date("Sun, 22 Nov 2026 05:56:34 GMT").map(|date| date.to_string());
        assert_eq!(date.as_deref(), Some("2026-11-22T05:56:34Z"));
    }
}
