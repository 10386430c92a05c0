//! What was asked of the sandbox, for tests that count and order requests.

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// `GET`, `PATCH` …
    pub method: String,
    /// The path, still percent-encoded.
    pub path: String,
    /// The query without `?`; empty when there is none.
    pub query: String,
    /// The `User-Agent` header; empty when there is none.
    pub user_agent: String,
}

impl RequestLine {
    pub(super) fn of<B>(request: &http::Request<B>) -> Self {
        let agent = request.headers().get(http::header::USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            method: request.method().as_str().to_owned(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            user_agent: agent.unwrap_or_default().to_owned(),
        }
    }
}
