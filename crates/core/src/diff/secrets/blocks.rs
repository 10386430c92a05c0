//! Values that stand on the lines below their name: blocks, lists and texts in quotes.

use std::ops::Range;

use super::{
    assignments::{Form, Open},
    names::Meaning,
    scan::{part, quoted_length},
    values::is_secret_of,
};

/// What a line is to the name above it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Below {
    /// A part of its value, which may be none.
    Value(Range<usize>),
    /// A member of its mapping.
    Member,
    /// Its last line.
    Last(Range<usize>),
    /// Nothing: the value has ended before.
    Beyond,
}

/// What `line` is to `open`; `has_keys` says whether a key stands in it.
pub(super) fn below(open: &Open<'_>, line: &str, has_keys: bool) -> Below {
    let indent = line.len() - line.trim_start().len();
    let end = line.trim_end().len();
    if end <= indent {
        return Below::Value(0..0);
    }
    let all = indent..end;
    let text = part(line, all.clone());
    match open.form {
        Form::Quoted(quote) => {
            // As if the text had begun on this line.
            let from_here = format!("{quote}{text}");
            match quoted_length(&from_here, quote) {
                Some(length) => Below::Last(indent..indent + length - quote.len()),
                None => Below::Value(all),
            }
        }
        Form::Continued if text.ends_with('\\') => Below::Value(all),
        Form::Continued => Below::Last(all),
        Form::Block if indent > open.indent => Below::Value(all),
        Form::Block => Below::Beyond,
        Form::Any => any(open, text, all, has_keys),
    }
}

fn any(open: &Open<'_>, text: &str, all: Range<usize>, has_keys: bool) -> Below {
    let item = text.strip_prefix('-').filter(|rest| rest.starts_with(' '));
    let inside = all.start > open.indent || (item.is_some() && all.start >= open.indent);
    if !inside || text.starts_with("--- ") || text == "---" {
        return Below::Beyond;
    }
    if has_keys || matches!(text.trim_end_matches(','), "]" | "}" | "{" | "[" | "-") {
        return Below::Member;
    }
    let skipped = item.map_or(0, |rest| text.len() - rest.trim_start().len());
    let value = part(text, skipped..text.len());
    if is_secret_of(Meaning::Certain, value.trim_end_matches(',')) {
        Below::Value(all.start + skipped..all.end)
    } else {
        Below::Value(0..0)
    }
}
