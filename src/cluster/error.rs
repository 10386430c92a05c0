//! Why a request failed, in the server's own words.

use std::time::Duration;

use serde_json::Value;

/// One entry of `Status.details.causes`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// `FieldManagerConflict`, `FieldValueInvalid` …; may be empty.
    pub reason: String,
    /// Text of the server.
    pub message: String,
    /// The field it is about; may be empty.
    pub field: String,
}

/// Why a request failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ApiError {
    /// The server answered with an error.
    #[error("{message}")]
    Status {
        /// HTTP status code.
        code: u16,
        /// `Conflict`, `Forbidden` …; empty where the server gives none (schema errors of server-side apply).
        reason: String,
        /// Text of the server.
        message: String,
        /// What it objects to, in a stable order.
        causes: Vec<Cause>,
        /// `Status.details`, null when absent.
        details: Value,
        /// How long the server wants us to wait.
        retry_after: Option<Duration>,
    },
    /// The connection failed. When `sent` is false the server has not seen the request.
    #[error("{message}")]
    Transport {
        /// What failed.
        message: String,
        /// Whether the server may have acted on it.
        sent: bool,
    },
    /// No answer in time; the server may have acted on the request.
    #[error("no answer to {method} {path} within {} s", limit.as_secs())]
    Timeout {
        /// Method of the request.
        method: String,
        /// Path of the request.
        path: String,
        /// The limit.
        limit: Duration,
    },
    /// Not sent: the run had been stopped.
    #[error("not sent: the run was stopped")]
    Withheld,
    /// The answer is not what the API promises.
    #[error("{path}: {message}")]
    Malformed {
        /// Path of the request.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// A kind whose path is not known.
    #[error("{kind} in {api_version} is not a kind that iriskit knows")]
    UnknownKind {
        /// `apiVersion`.
        api_version: String,
        /// `kind`.
        kind: String,
    },
    /// A reference without the namespace that its kind needs.
    #[error("{address}: the kind needs a namespace")]
    NoNamespace {
        /// The object.
        address: String,
    },
}

impl ApiError {
    /// HTTP status code, when the server answered.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Status { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// `Status.reason`; empty when there is none.
    pub fn reason(&self) -> &str {
        match self {
            Self::Status { reason, .. } => reason,
            _ => "",
        }
    }

    /// What the server objects to.
    pub(crate) fn causes(&self) -> &[Cause] {
        match self {
            Self::Status { causes, .. } => causes,
            _ => &[],
        }
    }

    /// The object, its namespace or its kind does not exist.
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }

    /// The user lacks a right. Quota, PodSecurity, a terminating namespace and escalation are 403 as well, but no
    /// right of ours would help there.
    pub fn is_forbidden_rbac(&self) -> bool {
        let Self::Status { code: 403, message, causes, .. } = self else { return false };
        causes.is_empty() && is_of_authorizer(message)
    }

    /// 409 with reason `Conflict`: another owner, another resourceVersion, another uid.
    pub fn is_conflict(&self) -> bool {
        self.code() == Some(409) && self.reason() != "AlreadyExists"
    }

    /// The object was there already.
    pub fn is_already_exists(&self) -> bool {
        self.code() == Some(409) && self.reason() == "AlreadyExists"
    }

    /// The server would have changed `metadata.uid`: the guard did not match the live object. Some requests that meet another
    /// uid are a conflict instead, which says no more.
    pub fn is_uid_mismatch(&self) -> bool {
        self.code() == Some(422) && self.causes().iter().any(|cause| cause.field == "metadata.uid")
    }

    /// It was not sent since the run had been stopped.
    pub(crate) fn is_withheld(&self) -> bool {
        matches!(self, Self::Withheld)
    }

    /// How long the server wants us to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the request may have been carried out although we have no answer.
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::Transport { sent, .. } => *sent,
            Self::Timeout { .. } | Self::Malformed { .. } => true,
            // A server or a proxy before it that fails may fail after the work.
            Self::Status { code, .. } => matches!(code, 500 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// Reads an answer that is not a success. The body may be a `Status` or plain text.
    pub(super) fn from_answer(code: u16, body: &[u8], retry_after: Option<Duration>) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        if value.get("kind").and_then(Value::as_str) == Some("Status") {
            return Self::from_status(&value, code, retry_after);
        }
        let text = String::from_utf8_lossy(body).trim().chars().take(500).collect::<String>();
        let message = if text.is_empty() { format!("the server answered {code}") } else { text };
        let reason = if code == 404 { "NotFound" } else { "" };
        let (reason, causes, details) = (reason.to_owned(), Vec::new(), Value::Null);
        Self::Status { code, reason, message, causes, details, retry_after }
    }

    /// Reads a `Status` object, also the one inside a watch event.
    pub(super) fn from_status(status: &Value, code: u16, retry_after: Option<Duration>) -> Self {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let details = status.get("details").cloned().unwrap_or_default();
        let mut causes: Vec<Cause> = details
            .get("causes")
            .and_then(Value::as_array)
            .map(|causes| {
                let cause = |cause: &Value| Cause {
                    reason: text(cause, "reason"),
                    message: text(cause, "message"),
                    field: text(cause, "field"),
                };
                causes.iter().map(cause).collect()
            })
            .unwrap_or_default();
        // The server's order varies from call to call and some causes come twice.
        causes.sort();
        causes.dedup();
        let code = status.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok()).unwrap_or(code);
        let in_body = details.get("retryAfterSeconds").and_then(Value::as_u64).map(Duration::from_secs);
        Self::Status {
            code,
            reason: text(status, "reason"),
            message: text(status, "message"),
            causes,
            details,
            retry_after: retry_after.or(in_body),
        }
    }
}

/// Whether a server's words are those of its authorizer: `User "u" cannot patch resource "statefulsets" in …`. Quotas, policies
/// and privilege escalation are answered with the same code and the same reason `Forbidden`, so only the sentence tells them
/// apart. It is made by `forbiddenMessage` in `k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go`.
fn is_of_authorizer(message: &str) -> bool {
    message.contains("User \"")
        && message.contains("\" cannot ")
        && (message.contains(" resource \"") || message.contains(" path \""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(code: u16, reason: &str, message: &str, causes: &Value) -> ApiError {
        let body = json!({"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message,
            "details": {"causes": causes}});
        ApiError::from_answer(code, body.to_string().as_bytes(), None)
    }

    #[test]
    fn only_a_missing_right_is_forbidden_by_rbac() {
        let right = "statefulsets.apps \"x\" is forbidden: User \"system:serviceaccount:n:s\" cannot patch resource \"statefulsets\" in API group \"apps\" in the namespace \"n\"";
        assert!(status(403, "Forbidden", right, &json!([])).is_forbidden_rbac());
        for text in [
            "services \"lb\" is forbidden: exceeded quota: q, requested: services.loadbalancers=1",
            "roles.rbac.authorization.k8s.io \"r\" is forbidden: user \"u\" (groups=[\"g\"]) is attempting to grant RBAC permissions not currently held:",
        ] {
            assert!(!status(403, "Forbidden", text, &json!([])).is_forbidden_rbac(), "{text}");
        }
        let terminating = json!([{"reason": "NamespaceTerminating", "field": "metadata.namespace"}]);
        assert!(!status(403, "Forbidden", "unable to create new content", &terminating).is_forbidden_rbac());
    }

    #[test]
    fn causes_are_sorted_and_told_once() {
        let a = json!({"reason": "FieldManagerConflict", "message": "conflict with \"m\"", "field": ".data.a"});
        let b = json!({"reason": "FieldManagerConflict", "message": "conflict with \"m\"", "field": ".data.b"});
        let error = status(409, "Conflict", "Apply failed with 2 conflicts", &json!([b, a, b]));
        let fields: Vec<_> = error.causes().iter().map(|cause| cause.field.as_str()).collect();
        assert_eq!(fields, [".data.a", ".data.b"]);
        assert!(error.is_conflict() && !error.is_already_exists());
    }

    #[test]
    fn plain_text_answers_keep_their_text() {
        let error = ApiError::from_answer(404, b"404 page not found\n", None);
        assert!(error.is_not_found());
        assert_eq!(error.to_string(), "404 page not found");
        assert_eq!(ApiError::from_answer(502, b"", None).to_string(), "the server answered 502");
    }

    #[test]
    fn uid_guards_are_recognised() {
        let cause = json!([{"reason": "FieldValueInvalid", "message": "field is immutable", "field": "metadata.uid"}]);
        assert!(status(422, "Invalid", "is invalid", &cause).is_uid_mismatch());
        for text in [
            "Operation cannot be fulfilled on StatefulSet.apps \"s\": the UID in the precondition (x) does not match the UID in record (y)",
            "uid mismatch: the provided object specified uid x, and no existing object was found",
        ] {
            let conflict = status(409, "Conflict", text, &json!([]));
            assert!(conflict.is_conflict() && !conflict.is_uid_mismatch(), "{text}");
        }
    }
}
