//! Pieces that finders of secrets are made of. Each looks at every byte a bounded number of times.

use std::ops::Range;

/// A secret value in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found<'a> {
    /// What it is called there.
    pub(super) key: &'a str,
    /// Its bytes, quotes included.
    pub(super) range: Range<usize>,
}

/// No name is read further back.
const LONGEST_NAME: usize = 128;
/// No name of the next pair is read further ahead.
const LONGEST_LOOK: usize = 64;

/// `text[range]`, or nothing.
pub(super) fn part(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

pub(super) fn is_name_letter(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Where the word that ends with `text` begins.
pub(super) fn word_before(text: &str) -> usize {
    let mut start = text.len();
    for (at, letter) in text.char_indices().rev() {
        if !is_name_letter(letter) || text.len() - at > LONGEST_NAME {
            break;
        }
        start = at;
    }
    start
}

/// The quote that a text ends with: `"`, `'`, or one that is escaped once more.
pub(super) fn quote_at_end(text: &str) -> &str {
    ["\\\"", "\"", "'", "&quot;"].into_iter().find(|quote| text.ends_with(quote)).unwrap_or_default()
}

/// The quote that a text begins with.
pub(super) fn quote_at_start(text: &str) -> &str {
    ["\\\"", "\"", "'", "`", "&quot;"].into_iter().find(|quote| text.starts_with(quote)).unwrap_or_default()
}

/// Bytes of the quoted text at the beginning, quotes included; `None` where it is not closed.
pub(super) fn quoted_length(text: &str, quote: &str) -> Option<usize> {
    let mut from = quote.len();
    loop {
        let end = from + text.get(from..)?.find(quote)?;
        let escapes = text.get(..end)?.bytes().rev().take_while(|byte| *byte == b'\\').count();
        // A quote in a value that is quoted is escaped; YAML and SQL double it.
        if quote == "\\\"" || escapes % 2 == 0 {
            let after = end + quote.len();
            let doubled = quote == "'" && text.get(after..).is_some_and(|rest| rest.starts_with('\''));
            if !doubled {
                return Some(after);
            }
            from = after + 1;
        } else {
            from = end + quote.len();
        }
    }
}

/// Where a value without quotes ends: at one of `ends`, where another pair or option begins, or with the text.
pub(super) fn length_until(text: &str, ends: &[char]) -> usize {
    let mut looked = 0;
    for (at, letter) in text.char_indices() {
        if ends.contains(&letter) {
            return part(text, 0..at).trim_end().len();
        }
        if at >= looked && (letter.is_whitespace() || matches!(letter, ',' | ';' | '&' | '|')) {
            let after = at + letter.len_utf8();
            let (pair, length) = begins_pair(text.get(after..).unwrap_or_default());
            if pair {
                return part(text, 0..at).trim_end().len();
            }
            looked = after + length;
        }
    }
    text.trim_end().len()
}

/// Whether a text begins with `key=`, `"key":` or an option, and how far that was read.
fn begins_pair(text: &str) -> (bool, usize) {
    let start = text.len() - text.trim_start_matches([' ', '\t']).len();
    let rest = text.get(start..).unwrap_or_default();
    if rest.starts_with("--") || (start == 0 && rest.starts_with('-') && rest.len() > 1) {
        return (true, start);
    }
    let quote = quote_at_start(rest);
    let word = rest.get(quote.len()..).unwrap_or_default();
    let length =
        word.char_indices().find(|(at, c)| !is_name_letter(*c) || *at > LONGEST_LOOK).map_or(word.len(), |(at, _)| at);
    let after = word.get(length..).unwrap_or_default();
    let read = start + quote.len() + length;
    if length == 0 {
        return (false, start);
    }
    let closed = after.strip_prefix(quote).unwrap_or(after);
    // `User Id=` has two words.
    let second = closed.strip_prefix(' ').map_or(closed, |more| more.trim_start_matches(is_name_letter));
    let pair = if quote.is_empty() {
        after.starts_with('=')
            || (second.starts_with('=') && second.len() + LONGEST_LOOK > closed.len())
            || is_colon(after)
    } else {
        closed.trim_start().starts_with([':', '='])
    };
    (pair, read)
}

/// Whether a text begins with a colon behind a key: one that something follows at a distance.
fn is_colon(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '"', '\'']))
}
