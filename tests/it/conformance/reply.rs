//! Answers, and what cases expect of them.

use http::HeaderMap;
use serde_json::Value;

/// An answer of a server.
#[must_use]
pub(super) struct Reply {
    /// Method and path, for messages.
    pub(super) request: String,
    pub(super) code: u16,
    pub(super) headers: HeaderMap,
    /// The body; one that isn't JSON comes as a string.
    pub(super) body: Value,
}

impl Reply {
    #[track_caller]
    pub(super) fn is(self, code: u16) -> Value {
        assert_eq!(self.code, code, "{}: {}", self.request, self.body);
        self.body
    }

    #[track_caller]
    pub(super) fn ok(self) -> Value {
        self.is(200)
    }

    #[track_caller]
    pub(super) fn created(self) -> Value {
        self.is(201)
    }

    /// A failure; reason "" means that there is none.
    #[track_caller]
    pub(super) fn refused(self, code: u16, reason: &str) -> Refusal {
        let request = self.request.clone();
        let status = self.is(code);
        assert_eq!(
            (&status["kind"], &status["status"], &status["code"], status["reason"].as_str().unwrap_or_default()),
            (&"Status".into(), &"Failure".into(), &code.into(), reason),
            "{request}: {status}"
        );
        Refusal { request, status }
    }

    /// The texts of the Warning headers.
    pub(super) fn warnings(&self) -> Vec<String> {
        let text = |value: &http::HeaderValue| {
            let value = value.to_str().expect("a warning is text");
            let quoted = value.strip_prefix("299 - \"").and_then(|rest| rest.strip_suffix('"'));
            quoted.expect("code, agent and a quoted text").replace("\\\"", "\"")
        };
        self.headers.get_all(http::header::WARNING).iter().map(text).collect()
    }
}

/// The Status of a failure.
pub(super) struct Refusal {
    request: String,
    pub(super) status: Value,
}

impl Refusal {
    /// The whole message.
    #[track_caller]
    pub(super) fn message(self, whole: &str) -> Self {
        assert_eq!(self.status["message"], whole, "{}", self.request);
        self
    }

    /// Part of the message.
    #[track_caller]
    pub(super) fn saying(self, part: &str) -> Self {
        let message = self.status["message"].as_str().unwrap_or_default();
        assert!(message.contains(part), "{}: {message} says nothing of {part}", self.request);
        self
    }

    /// The causes as `reason @ field`, whatever their order.
    #[track_caller]
    pub(super) fn causes(self, expected: &[&str]) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let causes = self.status["details"]["causes"].as_array().cloned().unwrap_or_default();
        let mut causes: Vec<String> =
            causes.iter().map(|cause| format!("{} @ {}", text(&cause["reason"]), text(&cause["field"]))).collect();
        causes.sort();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(causes, expected, "{}: {}", self.request, self.status);
        self
    }

    /// `details.name`, `.group` and `.kind`; "" for what is left out.
    #[track_caller]
    pub(super) fn about(self, name: &str, group: &str, kind: &str) -> Self {
        let details = &self.status["details"];
        let text = |key: &str| details[key].as_str().unwrap_or_default();
        assert_eq!(
            (text("name"), text("group"), text("kind")),
            (name, group, kind),
            "{}: {}",
            self.request,
            self.status
        );
        self
    }
}
