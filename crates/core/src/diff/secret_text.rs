//! Secret values inside CPF, CSP.ini, JSON, YAML and similar text.

use std::{cmp::Reverse, collections::BTreeMap, ops::Range};

use crate::ini::{Format, lines};

/// Parts of a name that make its value secret, in lower case, without what joins words.
const SECRET_WORDS: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "privatekey",
    "apikey",
    "accesskey",
    "sharedkey",
    "encryptionkey",
    "authorization",
];

/// Ends of names whose value says where a secret is, not what it is.
const NAMES_OF_SECRETS: [&str; 5] = ["secretname", "secretnames", "secretref", "secretkeyref", "secretnamespace"];

/// Whether a key or variable of that name holds a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['_', '-', '.', ' '], "");
    // PWD alone is the folder that a process is in.
    let pwd = name.ends_with("pwd") && !matches!(name.as_str(), "pwd" | "oldpwd");
    (pwd || SECRET_WORDS.iter().any(|word| name.contains(word)))
        && !NAMES_OF_SECRETS.iter().any(|end| name.ends_with(end))
}

/// Where one secret value stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretInText {
    /// The `[section]` it is in; empty before the first one.
    pub section: String,
    /// The key, as written.
    pub key: String,
    /// Which one of that key in that section, from 0.
    pub occurrence: usize,
    /// Bytes of the value, quotes included.
    pub range: Range<usize>,
}

/// Finds the values of keys with a secret name: a line's own (`Password=…`, `password: …`), whose value runs to the end of
/// the line; arguments of an `[Actions]` line (`ModifyUser:Name=x,PasswordHash="…"`), whose value ends at its closing quote
/// or at the next comma; members of JSON and YAML maps inside a line; and the password of `scheme://user:password@host`.
/// Empty values are found too, so that a text and the same text with its secrets taken out have the same places.
pub(super) fn secrets_in_text(text: &str) -> Vec<SecretInText> {
    let mut found = Vec::new();
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in lines(text, Format::Any) {
        let section = line.section.unwrap_or_default();
        for (key, range) in secrets_in_line(line.text) {
            let count = seen.entry((section, key)).or_default();
            found.push(SecretInText {
                section: section.to_owned(),
                key: key.to_owned(),
                occurrence: *count,
                range: line.bytes.start + range.start..line.bytes.start + range.end,
            });
            *count += 1;
        }
    }
    found
}

fn secrets_in_line(line: &str) -> Vec<(&str, Range<usize>)> {
    let mut found: Vec<_> =
        pairs(line).into_iter().chain(members(line)).filter(|(key, _)| is_secret_name(key)).collect();
    found.extend(logins(line).into_iter().map(|range| (LOGIN, range)));
    found.sort_by_key(|(_, range)| (range.start, Reverse(range.end)));
    // What stands inside a secret is hidden with it: between two values there is at least a key.
    let mut until = 0;
    found.retain(|(_, range)| {
        let apart = range.start > until;
        until = until.max(range.end);
        apart
    });
    found
}

/// The key under which the password of a URL is known.
const LOGIN: &str = "://";

/// The `key=value` pairs of a line, with the byte range of each value. A secret key's value is never searched again.
fn pairs(line: &str) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut first = true;
    while let Some(equals) = line.get(at..).and_then(|rest| rest.find('=')).map(|offset| at + offset) {
        let before = line.get(..equals).unwrap_or_default().trim_end();
        let key_start = word_before(before);
        let key = before.get(key_start..).unwrap_or_default();
        let own_key =
            first && before.get(..key_start).is_some_and(|lead| matches!(lead.trim(), "" | "-" | "export" | "set"));
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

/// Where the last word of a text begins.
fn word_before(text: &str) -> usize {
    text.rfind(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))
        .map_or(0, |cut| cut + text.get(cut..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8))
}

/// How long the value is: to the end of the line for a line's own key, else to the next comma outside of quotes.
fn value_length(rest: &str, own_key: bool) -> usize {
    if own_key { rest.trim_end().len() } else { length_until(rest, &[',']) }
}

/// To the first of `ends` that is not inside the quotes with which the value begins.
fn length_until(rest: &str, ends: &[char]) -> usize {
    let value = rest.trim_start();
    if value.is_empty() {
        return 0;
    }
    let lead = rest.len() - value.len();
    let quoted = quoted_length(value);
    let after = value.get(quoted..).unwrap_or_default();
    lead + quoted + after.find(ends).unwrap_or(after.trim_end().len())
}

/// Bytes of the quoted text at the beginning, quotes included; to the end where it is not closed.
fn quoted_length(value: &str) -> usize {
    let Some(quote) = value.chars().next().filter(|first| matches!(first, '"' | '\'')) else { return 0 };
    let mut escaped = false;
    for (at, c) in value.char_indices().skip(1) {
        match c {
            '\\' if !escaped => escaped = true,
            _ if c == quote && !escaped => return at + 1,
            _ => escaped = false,
        }
    }
    value.trim_end().len()
}

/// The `key: value` members of a line, with the byte range of each value: YAML, JSON, properties, headers.
fn members(line: &str) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    for (colon, _) in line.match_indices(':') {
        let before = line.get(..colon).unwrap_or_default().trim_end();
        let bare = before.strip_suffix(['"', '\'']).unwrap_or(before);
        let key_start = word_before(bare);
        let (lead, key) = (bare.get(..key_start).unwrap_or_default(), bare.get(key_start..).unwrap_or_default());
        let opened = lead.strip_suffix(['"', '\'']).unwrap_or(lead).trim_end();
        let rest = line.get(colon + 1..).unwrap_or_default();
        let length = match opened.trim_start() {
            "" | "-" => rest.trim_end().len(),
            _ if opened.ends_with(['{', ',']) => length_until(rest, &[',', '}', ']']),
            _ => continue,
        };
        if !key.is_empty() {
            found.push((key, colon + 1..colon + 1 + length));
        }
    }
    found
}

/// The passwords of `scheme://user:password@host`.
fn logins(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, mark) in line.match_indices("://") {
        let start = at + mark.len();
        let rest = line.get(start..).unwrap_or_default();
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c)).unwrap_or(rest.len());
        let Some((login, _)) = rest.get(..end).and_then(|authority| authority.rsplit_once('@')) else { continue };
        if let Some((user, password)) = login.split_once(':') {
            let from = start + user.len() + 1;
            found.push(from..from + password.len());
        }
    }
    found
}

/// `text` with every secret value replaced by what `with` gives for it.
pub(crate) fn replace_secrets(text: &str, mut with: impl FnMut(&SecretInText, &str) -> String) -> String {
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
    use proptest::prelude::*;

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
        assert_eq!(values("[config]\nglobals=0,0,0\nUsername=x\nsecretName: door\nurl=http://host:80/a@b\n"), []);
    }

    #[test]
    fn members_headers_and_urls_are_searched() {
        let found = |text| values(text).into_iter().map(|(_, _, _, value)| value).collect::<Vec<_>>();
        assert_eq!(found("  password: pa ss # not a comment"), [" pa ss # not a comment"]);
        assert_eq!(found("- \"clientSecret\": \"x\","), [" \"x\","]);
        assert_eq!(found(r#"{"user":"u","password":"a\"b,c","port":1}"#), [r#""a\"b,c""#]);
        assert_eq!(found("{user: u, apiKey: k}"), [" k"]);
        assert_eq!(found("Authorization: Basic dTpw"), [" Basic dTpw"]);
        assert_eq!(found("export DB_PWD=a,b"), ["a,b"]);
        assert_eq!(found("db=postgres://u:p%40@host:5432/x?a=b"), ["p%40"]);
        assert_eq!(found("CreateUser:Name=a,Roles=b"), Vec::<&str>::new());
    }

    proptest! {
        /// A text, the same without its secrets and the same with others in their place are cut alike.
        #[test]
        fn places_do_not_depend_on_values(parts in prop::collection::vec(prop::sample::select(PARTS.to_vec()), 0..12)) {
            let text = parts.concat();
            let places = |text: &str| -> Vec<_> {
                secrets_in_text(text).into_iter().map(|found| (found.section, found.key, found.occurrence)).collect()
            };
            let hollow = replace_secrets(&text, |_, _| String::new());
            prop_assert_eq!(places(&hollow), places(&text));
            prop_assert_eq!(replace_secrets(&hollow, |_, value| value.to_owned()), hollow.clone());
            let mut values = secrets_in_text(&text).into_iter().map(|found| text.get(found.range).unwrap().to_owned());
            prop_assert_eq!(replace_secrets(&hollow, |_, _| values.next().unwrap()), text);
        }
    }

    const PARTS: [&str; 20] = [
        "Password", "token", "Name", "user", "=", ":", "://", "@", ",", "\"", "{", "}", " ", "\n", "\r\n", "[a]", "é",
        "x", "-", "]]]x",
    ];

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
        for name in ["Username", "PWD", "secretName", "nodePublishSecretRef"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
