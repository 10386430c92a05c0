//! What a server says of a body that it refuses, without the secrets in the body: servers quote what they were sent.

use serde_json::Value;

use super::ApiError;

/// Takes out of a text what is secret in the body that the text may quote.
pub type Mask = fn(text: &str, body: &Value) -> String;

/// What a server answers to a body that it can't take; it may quote the body in any spelling then.
const QUOTING: [u16; 3] = [400, 422, 500];

impl ApiError {
    /// The same error with nothing in it that is secret in `body`.
    pub(super) fn without_secrets_of(self, body: &Value, mask: Mask) -> Self {
        let Self::Status { code, reason, message, mut causes, retry_after, .. } = self else { return self };
        let is_secret = body.get("kind").and_then(Value::as_str) == Some("Secret");
        let message = if is_secret && QUOTING.contains(&code) {
            for cause in &mut causes {
                cause.message.clear();
            }
            let told: Vec<String> = causes.iter().map(|cause| format!("{} at {}", cause.reason, cause.field)).collect();
            if told.is_empty() {
                format!("the server answered {code} {reason} (its text is left out: it may quote the Secret)")
            } else {
                format!("the server answered {code} {reason}: {}", told.join(", "))
            }
        } else {
            mask(&message, body)
        };
        for cause in &mut causes {
            cause.message = mask(&cause.message, body);
            cause.field = mask(&cause.field, body);
        }
        // The details hold the causes once more.
        Self::Status { code, reason, message, causes, details: Value::Null, retry_after }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::Cause;

    fn hush(text: &str, _: &Value) -> String {
        text.replace("hush", "(sensitive)")
    }

    fn error(code: u16, message: &str, cause: &str) -> ApiError {
        ApiError::Status {
            code,
            reason: "Invalid".into(),
            message: message.into(),
            causes: vec![Cause { reason: "FieldValueInvalid".into(), message: cause.into(), field: "data[p]".into() }],
            details: json!({"causes": [cause]}),
            retry_after: None,
        }
    }

    #[test]
    fn of_a_refused_secret_only_the_fields_are_told() {
        let secret = json!({"kind": "Secret", "data": {"p": "aHVzaA=="}});
        let safe = error(422, "Invalid value: [104 117 115 104]", "aHVzaA==").without_secrets_of(&secret, hush);
        assert_eq!(safe.to_string(), "the server answered 422 Invalid: FieldValueInvalid at data[p]");
        let debug = format!("{safe:?}");
        assert!(!debug.contains("aHVzaA") && !debug.contains("104"), "{debug}");
        // What is not about its content stays in the server's words.
        let conflict = error(409, "Apply failed with 1 conflict: hush", "").without_secrets_of(&secret, hush);
        assert_eq!(conflict.to_string(), "Apply failed with 1 conflict: (sensitive)");
    }

    #[test]
    fn message_and_causes_are_masked() {
        let safe = error(422, "hush at x", "hush at x").without_secrets_of(&json!({"kind": "ConfigMap"}), hush);
        assert_eq!(safe.to_string(), "(sensitive) at x");
        assert_eq!(safe.causes()[0].message, safe.to_string());
    }
}
