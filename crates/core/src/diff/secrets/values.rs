//! Values: which of them are no secret, whatever they are called.

use super::names::{Meaning, meaning};
use iriskit_state::has_seal;

/// Words that switch something, or say that there is nothing.
const WORDS: [&str; 20] = [
    "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nil", "none", "~", "enabled", "disabled", "enable",
    "disable", "required", "optional", "never", "always",
];
/// Ways to prove who one is.
const WAYS: [&str; 39] = [
    "anonymous",
    "any",
    "auto",
    "basic",
    "bearer",
    "cert",
    "certificate",
    "client",
    "cram-md5",
    "default",
    "digest",
    "external",
    "file",
    "gss",
    "gssapi",
    "ident",
    "internal",
    "jwt",
    "kerberos",
    "ldap",
    "login",
    "md5",
    "mtls",
    "native",
    "negotiate",
    "ntlm",
    "oauth",
    "oauth2",
    "oidc",
    "pam",
    "password",
    "peer",
    "plain",
    "radius",
    "scram-sha-256",
    "tls",
    "token",
    "trust",
    "x509",
];
/// No word or reference is longer.
const LONGEST: usize = 256;

/// Whether a value is a secret where its name says so much.
pub(super) fn is_secret_of(said: Meaning, value: &str) -> bool {
    let value = bare(value);
    if said == Meaning::Nothing || value.is_empty() {
        return false;
    }
    // What is from a snapshot took the place of a secret.
    if has_seal(value) {
        return true;
    }
    if value.len() > LONGEST {
        return true;
    }
    if is_switch(value) || is_reference(value) {
        return false;
    }
    match said {
        Meaning::Nothing => false,
        Meaning::Certain => true,
        Meaning::Likely => !(is_way(value) || is_path(value) || value.contains("://")),
        Meaning::Place => !(is_path(value) || value.contains("://") || is_file_name(value)),
    }
}

/// A value without the quotes around it.
pub(super) fn bare(value: &str) -> &str {
    let value = value.trim();
    let value = value.strip_prefix("\\\"").and_then(|rest| rest.strip_suffix("\\\"")).unwrap_or(value);
    for quote in ['"', '\'', '`'] {
        if let Some(inside) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inside.trim();
        }
    }
    value
}

fn is_switch(value: &str) -> bool {
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(value))
}

fn is_way(value: &str) -> bool {
    WAYS.iter().any(|word| word.eq_ignore_ascii_case(value))
}

/// Whether the value only says where another value comes from: a variable, a placeholder, a command.
pub(super) fn is_reference(value: &str) -> bool {
    let inside = |open: &str, close: &str| value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let is_word = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    let is_variable = |name: &str| {
        let upper = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        is_word(name) && (upper || meaning(name) != Meaning::Nothing)
    };
    inside("${", "}").is_some_and(is_word)
        || inside("$(", ")").is_some_and(|command| !command.contains(['=', '"', '\'']) && !command.contains("echo"))
        || inside("{{", "}}").is_some_and(|template| !template.contains(['"', '\'']))
        || inside("<", ">").is_some_and(|words| words.split(' ').all(is_word))
        || inside("%", "%").is_some_and(is_word)
        || value.strip_prefix('$').is_some_and(is_variable)
        || value.strip_prefix('%').is_some_and(|format| matches!(format.get(..1), Some("s" | "d" | "q" | "v")))
        || value.chars().all(|c| c == '*')
}

/// Whether the value is a path, and looks like nothing else.
fn is_path(value: &str) -> bool {
    let absolute = ["/", "./", "../", "~/"].iter().any(|start| value.starts_with(start));
    let drive = value.get(1..3) == Some(":\\") || value.get(1..3) == Some(":/");
    (absolute || drive) && !value.contains(char::is_whitespace)
}

/// A file's name or a relative path: it has a dot or a slash, and letters that names have.
fn is_file_name(value: &str) -> bool {
    value.contains(['/', '.']) && value.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_secret(name: &str, value: &str) -> bool {
        is_secret_of(meaning(name), value)
    }

    #[test]
    fn a_value_is_no_secret_when_it_switches_or_refers() {
        for (name, value) in [
            ("passwordHash", "true"),
            ("password", ""),
            ("password", "\"\""),
            ("DB_PASSWORD", "$(OTHER_PASSWORD)"),
            ("DB_PASSWORD", "${OTHER_PASSWORD}"),
            ("password", "$password"),
            ("password", "\"$DOOR\""),
            ("password", "<password>"),
            ("password", "{{ .Values.password }}"),
            ("token", "$(cat /run/token)"),
            ("token", "%s"),
            ("password", "********"),
            ("passwordFile", "/run/secrets/x"),
            ("tokenFile", "token.txt"),
            ("TOKEN_URL", "https://door/token"),
            ("tls.key", "/etc/tls/tls.key"),
            ("auth", "basic"),
            ("auth", "scram-sha-256"),
            ("PWD", "/app"),
            ("user", "hunter2"),
        ] {
            assert!(!is_secret(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("password", "hunter2"),
            ("password", "1234"),
            ("password", "/starts/with"),
            ("password", "$ecret1"),
            ("password", "${DOOR:-hunter2}"),
            ("password", "$(echo hunter2)"),
            ("passwordFile", "hunter2"),
            ("auth", "dXNlcjpob3Vuc2U="),
            ("Pwd", "hunter2"),
            ("tls.key", "hunter2"),
        ] {
            assert!(is_secret(name, value), "{name}={value}");
        }
    }

    #[test]
    fn what_stands_for_a_secret_of_a_snapshot_is_one() {
        let seal = iriskit_state::seal("0123456789abcdef0123456789abcdef", "x");
        for name in ["password", "tls.key", "passwordFile"] {
            assert!(is_secret(name, &seal), "{name}");
        }
    }
}
