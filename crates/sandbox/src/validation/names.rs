//! Names, labels, ports, addresses: what they may look like.

use std::net::IpAddr;

use serde_json::Value;

use super::read::map;
use crate::objects::Cause;

const LABEL: &str = "must consist of lower case letters, digits and '-', with a letter or digit at both ends";
const SUBDOMAIN: &str = "must consist of lower case letters, digits, '-' and '.', with a letter or digit at both ends and \
                         around each dot";
const NAME_PART: &str = "must consist of letters, digits, '-', '_' and '.', with a letter or digit at both ends";

/// Letters and digits at both ends, and `inner` characters between them.
fn framed(text: &str, end: impl Fn(u8) -> bool, inner: &[u8]) -> bool {
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()].into_iter().all(|byte| byte.is_some_and(|byte| end(*byte)));
    ends && bytes.iter().all(|byte| end(*byte) || inner.contains(byte))
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_label(text: &str) -> bool {
    framed(text, lower, b"-")
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

/// What is wrong with the name of a container, volume, Service …
pub(crate) fn label_problem(text: &str) -> Option<&'static str> {
    if text.len() > 63 {
        return Some("must be no more than 63 characters");
    }
    match (is_label(text), is_subdomain(text)) {
        (true, _) => None,
        (false, true) => Some("must not contain dots"),
        (false, false) => Some(LABEL),
    }
}

/// What is wrong with the name of most objects.
pub(crate) fn subdomain_problem(text: &str) -> Option<&'static str> {
    if text.len() > 253 {
        return Some("must be no more than 253 characters");
    }
    (!is_subdomain(text)).then_some(SUBDOMAIN)
}

/// What is wrong with a name that only has to fit into a path.
pub(crate) fn segment_problem(text: &str) -> Option<&'static str> {
    match text {
        "." => Some("may not be '.'"),
        ".." => Some("may not be '..'"),
        _ if text.contains('/') => Some("may not contain '/'"),
        _ if text.contains('%') => Some("may not contain '%'"),
        _ => None,
    }
}

/// What is wrong with the key of a label or annotation.
pub(crate) fn key_problems(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let (prefix, name) = match text.split_once('/') {
        None => (None, text),
        Some((prefix, name)) if !name.contains('/') => (Some(prefix), name),
        Some(_) => {
            return vec!["must have at most one '/', after an optional prefix".to_owned()];
        }
    };
    match prefix {
        Some("") => problems.push("prefix part must be non-empty".to_owned()),
        Some(prefix) => {
            if let Some(problem) = subdomain_problem(prefix) {
                problems.push(format!("prefix part {problem}"));
            }
        }
        None => {}
    }
    if name.is_empty() {
        problems.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        problems.push("name part must be no more than 63 bytes".to_owned());
    }
    if !framed(name, |byte| byte.is_ascii_alphanumeric(), b"-_.") {
        problems.push(format!("name part {NAME_PART}"));
    }
    problems
}

/// What is wrong with the value of a label.
pub(crate) fn label_value_problem(text: &str) -> Option<&'static str> {
    if text.len() > 63 {
        return Some("must be no more than 63 bytes");
    }
    let fits = text.is_empty() || framed(text, |byte| byte.is_ascii_alphanumeric(), b"-_.");
    (!fits).then_some(NAME_PART)
}

/// Checks the labels in a field; the causes are at `at`.
pub(crate) fn check_labels(object: &Value, name: &str, at: &str, causes: &mut Vec<Cause>) {
    for (key, value) in map(object, name) {
        causes.extend(key_problems(key).into_iter().map(|problem| Cause::invalid(at, key.as_str(), &problem)));
        if let Some(problem) = value.as_str().and_then(label_value_problem) {
            causes.push(Cause::invalid(at, value.clone(), problem));
        }
    }
}

/// What is wrong with the name of a port, or a port given by name.
pub(crate) fn port_name_problems(text: &str) -> Vec<&'static str> {
    let mut problems = Vec::new();
    if text.len() > 15 {
        problems.push("must be no more than 15 characters");
    }
    if text.bytes().any(|byte| !lower(byte) && byte != b'-') {
        problems.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        problems.push("must contain at least one letter (a-z)");
    }
    if text.contains("--") {
        problems.push("must not contain consecutive hyphens");
    }
    if text.starts_with('-') || text.ends_with('-') {
        problems.push("must not begin or end with a hyphen");
    }
    problems
}

/// A port number, or a name of one where `value` is text.
pub(crate) fn check_port(value: &Value, at: &str, causes: &mut Vec<Cause>) {
    match value {
        Value::String(name) => {
            causes
                .extend(port_name_problems(name).into_iter().map(|problem| Cause::invalid(at, name.as_str(), problem)));
        }
        number => {
            if !number.as_i64().is_some_and(|number| (1..=65535).contains(&number)) {
                let number = if number.is_null() { Value::from(0) } else { number.clone() };
                causes.push(Cause::invalid(at, number, "must be between 1 and 65535, inclusive"));
            }
        }
    }
}

/// An address, IPv4 or IPv6.
pub(crate) fn check_ip(text: &str, at: &str, causes: &mut Vec<Cause>) {
    if text.parse::<IpAddr>().is_err() {
        causes.push(Cause::invalid(at, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
    }
}

/// Whether the text is an address and the length of a prefix.
pub(crate) fn is_cidr(text: &str) -> bool {
    text.split_once('/').is_some_and(|(ip, length)| {
        let most = if ip.contains(':') { 128 } else { 32 };
        ip.parse::<IpAddr>().is_ok() && length.parse::<u8>().is_ok_and(|length| length <= most)
    })
}

/// What is wrong with a key of a ConfigMap or Secret.
pub(crate) fn config_key_problem(text: &str) -> Option<&'static str> {
    if text.len() > 253 {
        return Some("must be no more than 253 characters");
    }
    match text {
        "." => return Some("must not be '.'"),
        ".." => return Some("must not be '..'"),
        _ if text.starts_with("..") => return Some("must not start with '..'"),
        _ => {}
    }
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    (!fits).then_some("must consist of letters, digits, '-', '_' and '.'")
}
