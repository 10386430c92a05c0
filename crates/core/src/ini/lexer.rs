//! The lines of a text, each with its section and its place.

use std::ops::Range;

/// Which lines are comments, and which are headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A CPF merge file: `;`, `#` and `//` begin a comment line, `/*` and `*/` enclose comment lines.
    Cpf,
    /// CSP.ini: `;` and `#` begin a comment line.
    CspIni,
    /// Any text, which may be JSON or YAML as well: nothing is a comment, and a line with a value is no heading, whatever
    /// it begins and ends with.
    Any,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// As written, without the line break.
    pub(crate) text: &'a str,
    /// Its bytes in the whole text.
    pub(crate) bytes: Range<usize>,
    /// The section that it stands in, as written between the brackets; a heading stands in its own. None before the first.
    pub(crate) section: Option<&'a str>,
    pub(crate) content: Content<'a>,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    /// Nothing: a blank line or a comment.
    Nothing,
    /// `[section]`.
    Heading,
    /// `key=value`, trimmed; a line without `=` is a key alone.
    Entry { key: &'a str, value: Option<&'a str> },
}

/// The lines of `text` in their order.
pub(crate) fn lines(text: &str, format: Format) -> impl Iterator<Item = Line<'_>> {
    let mut section = None;
    let mut in_comment = false;
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let text = line.trim_end_matches(['\n', '\r']);
        let bytes = start..start + text.len();
        start += line.len();
        let trimmed = text.trim();
        let content = if in_comment || (format == Format::Cpf && trimmed.starts_with("/*")) {
            in_comment = !trimmed.ends_with("*/");
            Content::Nothing
        } else if trimmed.is_empty() || is_comment(trimmed, format) {
            Content::Nothing
        } else if let Some(name) = heading(trimmed, format) {
            section = Some(name);
            Content::Heading
        } else {
            entry(trimmed)
        };
        Line { text, bytes, section, content }
    })
}

fn is_comment(line: &str, format: Format) -> bool {
    match format {
        Format::Cpf => line.starts_with([';', '#']) || line.starts_with("//"),
        Format::CspIni => line.starts_with([';', '#']),
        Format::Any => false,
    }
}

fn heading(line: &str, format: Format) -> Option<&str> {
    let name = line.strip_prefix('[')?.strip_suffix(']')?;
    let has_value = name.contains(['[', ']', '=', ':']);
    (format != Format::Any || !has_value).then_some(name)
}

fn entry(line: &str) -> Content<'_> {
    match line.split_once('=') {
        Some((key, value)) => Content::Entry { key: key.trim_end(), value: Some(value.trim_start()) },
        None => Content::Entry { key: line, value: None },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries(text: &str, format: Format) -> Vec<(Option<&str>, &str, Option<&str>)> {
        let entries = lines(text, format).filter_map(|line| match line.content {
            Content::Entry { key, value } => Some((line.section, key, value)),
            _ => None,
        });
        entries.collect()
    }

    #[test]
    fn each_format_has_its_comments() {
        let text = "a=1\n[s]\n;b\n#c\n//d\n/* e\nf=1\n*/\n g = 2=3 \nalone\r\n";
        let after = [(Some("s"), "g", Some("2=3")), (Some("s"), "alone", None)];
        let own = |extra: &[(Option<&'static str>, &'static str, Option<&'static str>)]| {
            [&[(None, "a", Some("1"))], extra, &after].concat()
        };
        let key = |key| (Some("s"), key, None);
        let open = [key("/* e"), (Some("s"), "f", Some("1")), key("*/")];
        assert_eq!(entries(text, Format::Cpf), own(&[]));
        assert_eq!(entries(text, Format::CspIni), own(&[&[key("//d")], &open[..]].concat()));
        assert_eq!(entries(text, Format::Any), own(&[&[key(";b"), key("#c"), key("//d")], &open[..]].concat()));
    }

    #[test]
    fn a_line_with_a_value_is_a_heading_only_where_every_text_has_headings() {
        let text = "[APP_PATH:/csp]\nx=1\n";
        assert_eq!(entries(text, Format::CspIni), [(Some("APP_PATH:/csp"), "x", Some("1"))]);
        assert_eq!(entries(text, Format::Any), [(None, "[APP_PATH:/csp]", None), (None, "x", Some("1"))]);
    }

    proptest! {
        #[test]
        fn bytes_are_those_of_the_line(text in "[a=\\[\\];/*\n\r é]{0,40}") {
            for format in [Format::Cpf, Format::CspIni, Format::Any] {
                for line in lines(&text, format) {
                    prop_assert_eq!(text.get(line.bytes.clone()), Some(line.text));
                }
            }
        }
    }
}
