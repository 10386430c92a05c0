//! Facts as a table: names on the left, what is known beside them.

use std::borrow::Cow;

use console::measure_text_width;

use super::page::Page;
use crate::{
    ui::{Label, pad},
    view::document::{Entry, Fact, Span},
};

/// The narrowest and the widest column of names; longer names push their own row only.
const NARROWEST: usize = 9;
const WIDEST: usize = 28;

/// Writes them, with an empty line between groups. The column is as wide as the names of objects need it.
pub(super) fn write(page: &mut Page, groups: &[Vec<Fact>]) {
    let objects = groups.iter().flatten().filter(|fact| fact.name.label == Label::Object);
    let widest = objects.map(|fact| measure_text_width(&fact.name.text)).max().unwrap_or(0);
    let column = widest.clamp(NARROWEST, WIDEST) + 2;
    for group in groups {
        page.blank();
        for fact in group {
            write_fact(page, column, fact);
        }
    }
}

fn write_fact(page: &mut Page, column: usize, fact: &Fact) {
    // The first parts of several entries stand in a column.
    let first = fact.entries.iter().filter_map(Entry::first).map(|span| measure_text_width(&span.text)).max();
    let mut name = Cow::Borrowed(&fact.name);
    for entry in &fact.entries {
        match entry {
            Entry::Parts(parts) => page.fact(&name, column, 2, &aligned(parts, first.unwrap_or(0))),
            Entry::List(words) => page.fact(&name, column, 1, &listed(words)),
        }
        name = Cow::Owned(Span::plain(""));
    }
}

fn aligned(parts: &[Span], first: usize) -> Vec<Span> {
    let pad_first = |(at, part): (usize, &Span)| match at {
        0 => Span::new(part.label, pad(&part.text, first)),
        _ => part.clone(),
    };
    parts.iter().enumerate().map(pad_first).collect()
}

/// The words with commas between.
pub(super) fn listed(words: &[Span]) -> Vec<Span> {
    let last = words.len().saturating_sub(1);
    let ended = |(at, word): (usize, &Span)| {
        Span::new(word.label, format!("{}{}", word.text, if at == last { "" } else { "," }))
    };
    words.iter().enumerate().map(ended).collect()
}
