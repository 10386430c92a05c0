//! Secrets in XML: the text of an element with a secret's name, and values beside a name.

use super::{
    names::{Meaning, meaning},
    scan::{Found, part, quote_at_start, quoted_length},
    values::is_secret_of,
};

/// No tag is read further.
const LONGEST_TAG: usize = 2_000;

/// The secrets of elements. What attributes say by their own names is found as any other pair.
pub(super) fn markup(text: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices('<') {
        if at < from {
            continue;
        }
        let Some(tag) = Tag::read(text, at + 1) else { continue };
        let said = meaning(tag.name).max(tag.said.map_or(Meaning::Nothing, meaning));
        let key = tag.said.filter(|name| meaning(name) != Meaning::Nothing).unwrap_or(tag.name);
        if said == Meaning::Nothing {
            continue;
        }
        if let Some(value) = tag.value {
            if is_secret_of(said, part(text, value.clone())) {
                from = value.end;
                found.push(Found { key, range: value });
            }
            continue;
        }
        let inside = text.get(tag.end..).unwrap_or_default();
        let close = if inside.trim_start().starts_with("<![CDATA[") {
            Some(inside.find("]]>").map_or(inside.len(), |end| end + 3))
        } else {
            inside.find('<')
        };
        let Some(length) = close.filter(|_| !tag.is_empty) else { continue };
        if is_secret_of(said, part(inside, 0..length)) {
            found.push(Found { key, range: tag.end..tag.end + length });
            from = tag.end + length;
        }
    }
    found
}

struct Tag<'a> {
    name: &'a str,
    /// The name that an attribute gives: `<add key="Password" …`.
    said: Option<&'a str>,
    /// The bytes of the attribute `value`.
    value: Option<std::ops::Range<usize>>,
    is_empty: bool,
    /// Where its text begins.
    end: usize,
}

impl<'a> Tag<'a> {
    /// The tag whose name begins at `start`.
    fn read(text: &'a str, start: usize) -> Option<Self> {
        let rest = text.get(start..)?;
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        let length = rest.char_indices().find(|(_, c)| !is_name(*c)).map_or(rest.len(), |(at, _)| at);
        let name = rest.get(..length).filter(|name| name.starts_with(char::is_alphabetic))?;
        let mut tag = Self { name, said: None, value: None, is_empty: false, end: start };
        let mut at = start + length;
        while at < start + LONGEST_TAG {
            let rest = text.get(at..)?;
            let next = rest.chars().next()?;
            match next {
                '>' => {
                    tag.end = at + 1;
                    tag.is_empty = text.get(..at).is_some_and(|before| before.ends_with('/'));
                    return Some(tag);
                }
                '<' => return None,
                c if is_name(c) => {
                    let length = rest.char_indices().find(|(_, c)| !is_name(*c)).map_or(rest.len(), |(at, _)| at);
                    let attribute = part(rest, 0..length);
                    at += length;
                    let Some(value) = text.get(at..).and_then(|rest| rest.strip_prefix('=')) else { continue };
                    let quote = quote_at_start(value);
                    let Some(length) = quoted_length(value, quote).filter(|_| !quote.is_empty()) else { continue };
                    let inside = at + 1 + quote.len()..at + 1 + length - quote.len();
                    match attribute.to_ascii_lowercase().as_str() {
                        "name" | "key" | "id" | "property" => tag.said = text.get(inside),
                        "value" => tag.value = Some(inside),
                        _ => {}
                    }
                    at += 1 + length;
                }
                other => at += other.len_utf8(),
            }
        }
        None
    }
}
