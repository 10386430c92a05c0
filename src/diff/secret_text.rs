//! Secret values inside CPF, CSP.ini and similar text.

use std::{collections::BTreeMap, ops::Range};

/// Parts of a name that make its value secret, in lower case.
const SECRET_WORDS: [&str; 7] = ["password", "passwd", "passphrase", "secret", "token", "credential", "privatekey"];

/// Whether a key or variable of that name holds a secret.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['_', '-'], "");
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// Where one secret value stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretInText {
    /// The `[section]` it is in; empty before the first one.
    pub section: String,
    /// The key, as written.
    pub key: String,
    /// Which one of that key in that section, from 0.
    pub occurrence: usize,
    /// Bytes of the value, quotes included.
    pub range: Range<usize>,
}

/// Finds `key=value` pairs whose key has a secret name: a line's own key, whose value runs to the end of the line, and
/// arguments of an `[Actions]` line (`ModifyUser:Name=x,PasswordHash="…"`), whose value ends at its closing quote or at
/// the next comma. Empty values are found too, so that a text and the same text with its secrets taken out have the same
/// places.
pub(super) fn secrets_in_text(text: &str) -> Vec<SecretInText> {
    let mut found = Vec::new();
    let mut section = String::new();
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        if let Some(name) = content.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        }
        for (key, range) in pairs(content) {
            if !is_secret_name(key) {
                continue;
            }
            let count = seen.entry((section.clone(), key.to_owned())).or_default();
            found.push(SecretInText {
                section: section.clone(),
                key: key.to_owned(),
                occurrence: *count,
                range: start + range.start..start + range.end,
            });
            *count += 1;
        }
        start += line.len();
    }
    found
}

/// The `key=value` pairs of a line, with the byte range of each value. A secret key's value is never searched again.
fn pairs(line: &str) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut first = true;
    while let Some(equals) = line.get(at..).and_then(|rest| rest.find('=')).map(|offset| at + offset) {
        let before = line.get(..equals).unwrap_or_default().trim_end();
        let key_start = before
            .rfind(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))
            .map_or(0, |cut| cut + before.get(cut..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
        let key = before.get(key_start..).unwrap_or_default();
        let own_key = first && before.get(..key_start).is_some_and(|lead| lead.trim().is_empty());
        let value_start = equals + 1;
        let rest = line.get(value_start..).unwrap_or_default();
        let length = value_length(rest, own_key);
        if key.is_empty() {
            at = value_start;
        } else {
            found.push((key, value_start..value_start + length));
            at = if is_secret_name(key) { value_start + length } else { value_start };
        }
        first = false;
    }
    found
}

/// How long the value is: to the end of the line for a line's own key, else to the closing quote or the next comma.
fn value_length(rest: &str, own_key: bool) -> usize {
    if own_key {
        return rest.trim_end().len();
    }
    let lead = rest.len() - rest.trim_start().len();
    match rest.trim_start().strip_prefix('"') {
        Some(quoted) => quoted.find('"').map_or(rest.len(), |end| lead + end + 2),
        None => rest.find(',').unwrap_or(rest.trim_end().len()),
    }
}

/// `text` with every secret value replaced by what `with` gives for it.
pub fn replace_secrets(text: &str, mut with: impl FnMut(&SecretInText, &str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for secret in secrets_in_text(text) {
        out.push_str(text.get(from..secret.range.start).unwrap_or_default());
        out.push_str(&with(&secret, text.get(secret.range.clone()).unwrap_or_default()));
        from = secret.range.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String, usize, &str)> {
        secrets_in_text(text)
            .into_iter()
            .map(|s| (s.section.clone(), s.key.clone(), s.occurrence, text.get(s.range).unwrap()))
            .collect()
    }

    #[test]
    fn a_lines_own_secret_runs_to_the_end_of_the_line() {
        let text = "[Startup]\nPasswordHash=FBFE,abc,10000,SHA512\nDefaultPort=1972\n[Startup]\nPasswordHash=x\n";
        assert_eq!(
            values(text),
            [
                ("Startup".into(), "PasswordHash".into(), 0, "FBFE,abc,10000,SHA512"),
                ("Startup".into(), "PasswordHash".into(), 1, "x"),
            ]
        );
    }

    #[test]
    fn an_argument_of_an_action_ends_at_its_quote_or_comma() {
        let text = "[Actions]\nModifyUser:Name=a,PasswordHash=\"h,s\",Roles=%All\nCreateUser:Password=p,Name=b";
        assert_eq!(
            values(text),
            [("Actions".into(), "PasswordHash".into(), 0, "\"h,s\""), ("Actions".into(), "Password".into(), 0, "p"),]
        );
    }

    #[test]
    fn ordinary_keys_are_left_alone() {
        assert_eq!(values("[config]\nglobals=0,0,0\nUsername=x\n"), []);
    }

    #[test]
    fn replacing_keeps_the_rest() {
        let text = "[a]\r\nUsername=u\r\nPassword=]]]U1lT\r\nend";
        assert_eq!(replace_secrets(text, |_, _| "*".into()), "[a]\r\nUsername=u\r\nPassword=*\r\nend");
    }

    #[test]
    fn names_are_known_in_any_spelling() {
        for name in ["Password", "KONG_PG_PASSWORD", "client-secret", "ISC_OAUTH_SECRET_PATH", "PrivateKeyPassword"] {
            assert!(is_secret_name(name), "{name}");
        }
        assert!(!is_secret_name("Username"));
    }
}
