//! One request and its answer: deadline, repetition, errors.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use jiff::{Timestamp, fmt::rfc2822};
use kube::client::Body;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::{ApiError, Cluster, USER_AGENT, client::error_chain, gate::Passage, uri::Target};

/// For a request with all its repetitions.
const DEADLINE: Duration = Duration::from_secs(60);
/// For a write, which is sent once.
const WRITE_LIMIT: Duration = Duration::from_secs(30);
/// For the first attempt of a read. Each further one has twice as long: an answer may be large.
const FIRST_LIMIT: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 5;
/// What is refused for its credentials is tried once more: they may have been renewed.
const ATTEMPTS_UNKNOWN: u32 = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// A request that takes longer is told of, and again after as long.
const NOTICE: Duration = Duration::from_secs(10);

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
    changes: bool,
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
        Self { method: Method::GET, target, content: None, repeatable: true, changes: false }
    }

    /// A request with a body.
    pub(super) fn with_body(method: Method, target: Target, content_type: &'static str, body: &Value) -> Self {
        let content = Some((content_type, body.to_string().into_bytes()));
        Self { method, target, content, repeatable: false, changes: true }
    }

    /// Says that it changes nothing, so that it needs to pass no gate and may be repeated.
    #[must_use]
    pub(super) fn harmless(mut self, harmless: bool) -> Self {
        self.changes &= !harmless;
        self.repeatable(harmless)
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

    /// Whether to try again after `error`. What the server has certainly not begun may always be tried again, what it may have
    /// done only when doing it twice is like doing it once.
    fn again_after(&self, error: &ApiError, number: u32) -> bool {
        let attempts = if error.code() == Some(401) { ATTEMPTS_UNKNOWN } else { ATTEMPTS };
        number < attempts
            && match error {
                ApiError::Status { code: 429 | 401, .. } | ApiError::Transport { sent: false, .. } => true,
                error => self.repeatable && error.is_ambiguous(),
            }
    }

    /// For one attempt.
    fn limit(&self, number: u32) -> Duration {
        if self.changes { WRITE_LIMIT } else { FIRST_LIMIT * 2_u32.saturating_pow(number.saturating_sub(1)) }
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
        let attempts = async {
            let mut pause = FIRST_PAUSE;
            for number in 1.. {
                let limit = call.limit(number).min(DEADLINE.saturating_sub(begun.elapsed()));
                let error = match timeout(limit, attempt()).await {
                    Ok(Ok(answer)) => return Ok(answer),
                    Ok(Err(error)) => error,
                    Err(_) => call.timed_out(begun.elapsed()),
                };
                let wait = error.retry_after().unwrap_or_else(|| with_jitter(pause));
                if !call.again_after(&error, number) || begun.elapsed() + wait >= DEADLINE {
                    return Err(error);
                }
                tracing::debug!(path = call.target.as_str(), %error, ?wait, "trying again");
                self.say_waiting(call, begun, Some(&error));
                self.pause(call, wait).await?;
                pause *= 2;
            }
            Err(call.timed_out(DEADLINE))
        };
        tokio::pin!(attempts);
        loop {
            tokio::select! {
                biased;
                ended = &mut attempts => return ended,
                () = sleep(NOTICE) => self.say_waiting(call, begun, None),
            }
        }
    }

    /// Says what is waited for, when it has been for long, and not too often.
    fn say_waiting(&self, call: &Call, begun: Instant, error: Option<&ApiError>) {
        if begun.elapsed() < NOTICE || !self.may_say(NOTICE) {
            return;
        }
        let (method, path, waited) = (&call.method, call.target.path(), begun.elapsed().as_secs());
        let why = error.map(|error| format!(": {error}; trying again")).unwrap_or_default();
        tracing::warn!("waiting for the server: {method} {path}, {waited} s{why}");
    }

    /// Before it is sent again. A stop need not be waited for.
    async fn pause(&self, call: &Call, wait: Duration) -> Result<(), ApiError> {
        let closed = async {
            match self.gate() {
                Some(gate) if call.changes => gate.closed().await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            () = closed => Err(ApiError::Withheld),
            () = sleep(wait) => Ok(()),
        }
    }

    async fn send(&self, call: &Call) -> Result<Response<Body>, ApiError> {
        let mut request = call.request()?;
        let passage = self.gate().filter(|_| call.changes).map(Passage::new);
        if let Some(passage) = &passage {
            request.extensions_mut().insert(passage.clone());
        }
        let withheld = || passage.as_ref().is_some_and(Passage::is_withheld);
        if withheld() {
            return Err(ApiError::Withheld);
        }
        let answer = self.client().send(request).await;
        let answer = answer.map_err(|error| if withheld() { ApiError::Withheld } else { transport_error(&error) })?;
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

/// Somewhat longer or shorter, so that many clients do not come back at the same time.
fn with_jitter(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(0_u8) % 512;
    pause.saturating_mul(768 + u32::try_from(random).unwrap_or_default()) / 1024
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
