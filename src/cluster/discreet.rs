//! What a server says of a body that it refuses, without the secrets in the body: servers quote what they were sent.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::ApiError;
use crate::diff::{MASK, secrets_of};

/// What a server answers to a body that it can't take; it may quote the body in any spelling then.
const QUOTING: [u16; 3] = [400, 422, 500];

impl ApiError {
    /// The same error with nothing in it that is secret in `body`.
    pub(super) fn without_secrets_of(self, body: &Value) -> Self {
        let Self::Status { code, reason, message, mut causes, retry_after, .. } = self else { return self };
        let spellings = spellings(body);
        let safe = |text: String| spellings.iter().fold(text, |text, spelling| text.replace(spelling, MASK));
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
            safe(message)
        };
        for cause in &mut causes {
            cause.message = safe(std::mem::take(&mut cause.message));
            cause.field = safe(std::mem::take(&mut cause.field));
        }
        // The details hold the causes once more.
        Self::Status { code, reason, message, causes, details: Value::Null, retry_after }
    }
}

/// Warnings with nothing in them that is secret in `body`.
pub(super) fn discreet(warnings: Vec<String>, body: &Value) -> Vec<String> {
    if warnings.is_empty() {
        return warnings;
    }
    let spellings = spellings(body);
    let safe = |text: String| spellings.iter().fold(text, |text, spelling| text.replace(spelling, MASK));
    warnings.into_iter().map(safe).collect()
}

/// How the secrets of a body may be written in a text, longest first.
fn spellings(body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for value in secrets_of(body).into_values() {
        // Quotes around a value of a text are no part of what is secret.
        let value = value.trim().trim_matches(['"', '\'']).to_owned();
        let quoted = Value::from(value.as_str()).to_string();
        found.push(quoted.trim_matches('"').to_owned());
        found.push(STANDARD.encode(&value).trim_end_matches('=').to_owned());
        if let Some(text) = STANDARD.decode(&value).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
            found.push(text);
        }
        found.push(value);
    }
    found.retain(|spelling| !spelling.is_empty());
    found.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::Cause;

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
        let safe = error(422, "Invalid value: [104 117 115 104]", "aHVzaA==").without_secrets_of(&secret);
        assert_eq!(safe.to_string(), "the server answered 422 Invalid: FieldValueInvalid at data[p]");
        let debug = format!("{safe:?}");
        assert!(!debug.contains("aHVzaA") && !debug.contains("104"), "{debug}");
        // What is not about its content stays in the server's words.
        let conflict = error(409, "Apply failed with 1 conflict: hush", "").without_secrets_of(&secret);
        assert_eq!(conflict.to_string(), "Apply failed with 1 conflict: (sensitive)");
    }

    #[test]
    fn known_secrets_are_masked_in_every_spelling() {
        let map = json!({"kind": "ConfigMap", "data": {"x": "[Startup]\nPasswordHash=a\"b\nPassword=\"hush\""}});
        let said = r#"bad value "a\"b", YSJi, hush at x"#;
        let safe = error(422, said, said).without_secrets_of(&map);
        assert_eq!(safe.to_string(), r#"bad value "(sensitive)", (sensitive), (sensitive) at x"#);
        assert_eq!(safe.causes()[0].message, safe.to_string());
        assert_eq!(discreet(vec!["hush!".into()], &map), ["(sensitive)!"]);
    }
}
