//! Secret values inside CPF, CSP.ini, JSON, YAML, XML, scripts and similar text.

use std::{collections::BTreeMap, ops::Range};

use super::{
    assignments::{Above, Form, Open, assignments},
    blocks::{Below, below},
    commands::commands,
    markup::markup,
    scan::Found,
    shapes::shapes,
    urls::urls,
};
use crate::ini::{Format, Line, lines};

/// Where one secret value stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretInText {
    /// The `[section]` it is in; empty before the first one.
    pub section: String,
    /// What it is called there: the key, as written.
    pub key: String,
    /// Which one of that key in that section, from 0.
    pub occurrence: usize,
    /// Bytes of the value, quotes included.
    pub range: Range<usize>,
}

/// Finds the values of keys with a secret's name, wherever texts have them, and values that look like secrets. They come in
/// order and stand apart. Empty values are found too.
pub(crate) fn secrets_in_text(text: &str) -> Vec<SecretInText> {
    let lines: Vec<Line<'_>> = lines(text, Format::Any).collect();
    let mut found = Lines::default().read(&lines);
    found.extend(markup(text));
    found.extend(shapes(text));
    let mut secrets: Vec<SecretInText> = Vec::new();
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for Found { key, range } in apart(found) {
        let line = lines.partition_point(|line| line.bytes.start <= range.start).checked_sub(1);
        let section = line.and_then(|line| lines.get(line)?.section).unwrap_or_default();
        let count = seen.entry((section, key)).or_default();
        secrets.push(SecretInText { section: section.to_owned(), key: key.to_owned(), occurrence: *count, range });
        *count += 1;
    }
    secrets
}

/// In order, those that touch made one: what stands inside a secret is hidden with it.
fn apart(mut found: Vec<Found<'_>>) -> Vec<Found<'_>> {
    found.sort_by(|a, b| a.range.start.cmp(&b.range.start).then(b.range.end.cmp(&a.range.end)));
    let mut apart: Vec<Found<'_>> = Vec::with_capacity(found.len());
    for next in found {
        match apart.last_mut().filter(|last| next.range.start <= last.range.end) {
            Some(last) if last.range.is_empty() && !next.range.is_empty() => *last = next,
            Some(last) => last.range.end = last.range.end.max(next.range.end),
            None => apart.push(next),
        }
    }
    apart
}

/// Line by line, with what lines before say of it.
#[derive(Default)]
struct Lines<'a> {
    found: Vec<Found<'a>>,
    above: Above<'a>,
    open: Option<Open<'a>>,
    /// Whether the last one found is of the value that goes on below.
    below: bool,
}

impl<'a> Lines<'a> {
    fn read(mut self, lines: &[Line<'a>]) -> Vec<Found<'a>> {
        for line in lines {
            self.line(line.text, line.bytes.start);
        }
        self.found
    }

    fn line(&mut self, text: &'a str, offset: usize) {
        self.above.inside = None;
        let hidden = match self.open {
            Some(open) if open.form != Form::Any => self.part_of(&open, text, offset, false),
            _ => false,
        };
        if hidden {
            return;
        }
        let mut above = self.above;
        let read = assignments(text, &mut above);
        if let Some(open) = self.open
            && self.part_of(&open, text, offset, read.has_keys)
        {
            return;
        }
        self.above = above;
        if let Some(open) = self.open {
            // A mapping that is called a secret: its members are read once more as such.
            let mut inside = Above { inside: Some(open.key), ..above };
            let members = assignments(text, &mut inside);
            self.add(members.found, offset);
        }
        self.add(read.found, offset);
        self.add(commands(text), offset);
        self.add(urls(text), offset);
        self.below = false;
        self.open = read.open.or(self.open);
    }

    /// Whether the line is a part of the value above it, and nothing else.
    fn part_of(&mut self, open: &Open<'a>, text: &'a str, offset: usize, has_keys: bool) -> bool {
        let said = below(open, text, has_keys);
        match &said {
            Below::Value(range) | Below::Last(range) => {
                let range = offset + range.start..offset + range.end;
                // Lines of one text are one value; items of a list are several.
                let begun = self.below.then(|| self.found.last_mut()).flatten().filter(|_| open.form != Form::Any);
                match begun {
                    _ if range.is_empty() => {}
                    Some(begun) => begun.range.end = range.end,
                    None => self.found.push(Found { key: open.key, range }),
                }
                self.below = true;
                if matches!(said, Below::Last(_)) {
                    self.open = None;
                }
                true
            }
            Below::Member => false,
            Below::Beyond => {
                self.open = None;
                false
            }
        }
    }

    fn add(&mut self, found: Vec<Found<'a>>, offset: usize) {
        let moved = found
            .into_iter()
            .map(|Found { key, range }| Found { key, range: offset + range.start..offset + range.end });
        self.found.extend(moved);
    }
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
#[path = "text_tests.rs"]
mod tests;
