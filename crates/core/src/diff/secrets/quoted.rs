//! Texts that quote a body, such as what a server says when it refuses one, without the body's secrets.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::places::{MASK, secrets_of};

/// `text` with nothing in it that is secret in `body`, however it is spelled.
pub fn without_secrets_of(text: &str, body: &Value) -> String {
    spellings(body).iter().fold(text.to_owned(), |text, spelling| text.replace(spelling, MASK))
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

    #[test]
    fn known_secrets_are_masked_in_every_spelling() {
        let map = json!({"kind": "ConfigMap", "data": {"x": "[Startup]\nPasswordHash=a\"b\nPassword=\"hush\""}});
        let said = r#"bad value "a\"b", YSJi, hush at x"#;
        assert_eq!(without_secrets_of(said, &map), r#"bad value "(sensitive)", (sensitive), (sensitive) at x"#);
    }
}
