//! Unquoted scalars that YAML 1.1 and YAML 1.2 read differently.
//!
//! iriskit reads YAML 1.2. kubectl, Helm and most other tools around Kubernetes follow YAML 1.1, where `on` is a
//! boolean and `12:30:45` a number. Text that only we take for a string deserves quotes.

use super::{Kind, Node, Span};

/// An unquoted scalar that other tools take for something else than a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguous {
    /// What YAML 1.1 makes of it: `a boolean`.
    pub read_as: &'static str,
    /// Where it stands.
    pub span: Span,
}

/// Every ambiguous key and value in `node`, in the order of the text.
pub fn ambiguous_scalars(node: &Node, source: &str) -> Vec<Ambiguous> {
    let mut found = Vec::new();
    walk(node, source, &mut found);
    found
}

fn walk(node: &Node, source: &str, found: &mut Vec<Ambiguous>) {
    match &node.kind {
        Kind::String(text) => note(text, &node.span, source, found),
        Kind::Sequence(items) => items.iter().for_each(|item| walk(item, source, found)),
        Kind::Mapping(entries) => {
            for (key, value) in entries {
                note(&key.name, &key.span, source, found);
                walk(value, source, found);
            }
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => {}
    }
}

fn note(text: &str, span: &Span, source: &str, found: &mut Vec<Ambiguous>) {
    // Quoted text, block scalars and aliases differ from their source.
    if source.get(span.bytes.clone()) != Some(text) || after_tag(source, span) {
        return;
    }
    if let Some(read_as) = yaml11(text) {
        found.push(Ambiguous { read_as, span: span.clone() });
    }
}

/// `!!str yes` is a string everywhere.
fn after_tag(source: &str, span: &Span) -> bool {
    source.get(..span.bytes.start).is_some_and(|before| before.trim_end().ends_with("!!str"))
}

/// What YAML 1.1 makes of a plain scalar that YAML 1.2 takes for a string; `None` when both agree.
pub(super) fn yaml11(text: &str) -> Option<&'static str> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "n" | "N" | "no" | "No" | "NO" | "off" | "Off"
        | "OFF" => return Some("a boolean"),
        "=" => return Some("a default key"),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    if is_sexagesimal(unsigned) {
        return Some("a base-60 number");
    }
    if unsigned.len() > 1 && unsigned.starts_with('0') && unsigned.chars().all(|c| matches!(c, '0'..='7' | '_')) {
        return Some("an octal number");
    }
    if let Some(digits) = unsigned.strip_prefix("0b") {
        let binary = !digits.is_empty() && digits.chars().all(|c| matches!(c, '0' | '1' | '_'));
        return binary.then_some("a binary number");
    }
    if is_underscored(unsigned) {
        return Some("a number");
    }
    is_date(text).then_some("a date")
}

/// `12:30`, `12:30:45`, `190:20:30.15`.
fn is_sexagesimal(text: &str) -> bool {
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let Some((last, middle)) = rest.split_last() else { return false };
    let sixty = |part: &str| part.len() <= 2 && part.parse::<u8>().is_ok_and(|value| value < 60);
    let whole = last.split_once('.').map_or(*last, |(whole, _)| whole);
    first.starts_with(|c: char| c.is_ascii_digit())
        && first.chars().all(|c| c.is_ascii_digit() || c == '_')
        && middle.iter().all(|part| sixty(part))
        && sixty(whole)
        && last.split_once('.').is_none_or(|(_, fraction)| fraction.chars().all(|c| c.is_ascii_digit() || c == '_'))
}

/// `1_000`, `0x_ff`, `1_0.5`.
fn is_underscored(text: &str) -> bool {
    if !text.contains('_') {
        return false;
    }
    let bare: String = text.chars().filter(|c| *c != '_').collect();
    match bare.strip_prefix("0x") {
        Some(digits) => !digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit()),
        None => bare.chars().all(|c| c.is_ascii_digit() || c == '.') && bare.parse::<f64>().is_ok(),
    }
}

/// `2024-01-31`, and the same with a time behind it.
fn is_date(text: &str) -> bool {
    let (date, rest) = text.split_at_checked(10).unwrap_or((text, ""));
    let shape = date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c });
    shape.eq("0000-00-00".chars()) && (rest.is_empty() || rest.starts_with(['T', 't', ' ', '\t']))
}

#[cfg(test)]
mod tests {
    use super::yaml11;

    #[test]
    fn plain_text_that_yaml_1_1_reads_otherwise() {
        let read: Vec<_> = [
            "on",
            "Yes",
            "n",
            "12:30:45",
            "12:30",
            "1:2.5",
            "0755",
            "-017",
            "0b101",
            "1_000",
            "0x_f",
            "2024-01-31",
            "2024-01-31T10:00:00Z",
            "=",
        ]
        .map(yaml11)
        .into_iter()
        .collect();
        assert!(read.iter().all(Option::is_some), "{read:?}");
    }

    #[test]
    fn text_that_both_take_for_a_string() {
        for text in [
            "",
            "oN",
            "yess",
            "simple",
            "1.2.3",
            "10.0.0.1",
            "12:99",
            "127.0.0.1:80",
            "089",
            "0b",
            "_1",
            "1a",
            "a:1",
            "2024-1-31",
            "2023.3-linux",
            "2Gi",
            "1:a",
            ":30",
            "é:12",
            "/csp/sys",
        ] {
            assert_eq!(yaml11(text), None, "{text}");
        }
    }
}
