//! Texts of many lines (CPF, CSP.ini, scripts) as a line diff with a little context.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    ops::Range,
};

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

use crate::view::document::{DiffLine, Hunk, LineChange};

/// Unchanged lines around a changed one.
const CONTEXT: usize = 2;
/// Texts of more lines are compared only at their beginning and end: to find the fewest changes takes the square of them.
const LONGEST: usize = 5_000;

/// The places where the texts differ. Each knows its line and, in an INI text, the section it stands in.
pub(super) fn hunks(before: &str, after: &str) -> Vec<Hunk> {
    let (before, after) = (Lines::of(before), Lines::of(after));
    let sections = sections(&after.texts);
    let mut hunks = Vec::new();
    for group in group_diff_ops(operations(&before, &after), CONTEXT) {
        let Some(first) = group.first() else { continue };
        let at = first.new_range().start;
        let lead = after.texts.get(first.new_range()).unwrap_or_default();
        let shown = first.tag() == DiffTag::Equal && lead.iter().any(|line| is_section(line));
        let section = if shown { None } else { sections.get(at).copied().flatten().map(str::to_owned) };
        hunks.push(Hunk {
            line: at + 1,
            section,
            lines: group.iter().flat_map(|op| lines(op, &before, &after)).collect(),
        });
    }
    hunks
}

/// The lines of a text with their line ends, and a number for each that is quickly compared.
struct Lines<'a> {
    texts: Vec<&'a str>,
    hashes: Vec<u64>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let texts: Vec<&str> = text.split_inclusive('\n').collect();
        let hash = |line: &&str| {
            let mut hasher = DefaultHasher::new();
            line.hash(&mut hasher);
            hasher.finish()
        };
        let hashes = texts.iter().map(hash).collect();
        Self { texts, hashes }
    }
}

fn operations(before: &Lines<'_>, after: &Lines<'_>) -> Vec<DiffOp> {
    let (old, new) = (&before.hashes, &after.hashes);
    if old.len().max(new.len()) <= LONGEST {
        return capture_diff_slices(Algorithm::Myers, old, new);
    }
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let rest = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(old, new)| old == new).count();
    let (old_len, new_len) = (old.len() - start - end, new.len() - start - end);
    let equal = |old_index, new_index, len| DiffOp::Equal { old_index, new_index, len };
    let changed = match (old_len, new_len) {
        (0, 0) => None,
        (_, 0) => Some(DiffOp::Delete { old_index: start, old_len, new_index: start }),
        (0, _) => Some(DiffOp::Insert { old_index: start, new_index: start, new_len }),
        _ => Some(DiffOp::Replace { old_index: start, old_len, new_index: start, new_len }),
    };
    let head = (start > 0).then(|| equal(0, 0, start));
    let tail = (end > 0).then(|| equal(old.len() - end, new.len() - end, end));
    head.into_iter().chain(changed).chain(tail).collect()
}

/// The lines of one operation: those that go before those that come.
fn lines(op: &DiffOp, before: &Lines<'_>, after: &Lines<'_>) -> Vec<DiffLine> {
    let line = |change: LineChange, text: &&str| DiffLine {
        change,
        text: text.trim_end_matches(['\n', '\r']).to_owned(),
        unterminated: !text.ends_with('\n') && change != LineChange::Same,
    };
    let of = |lines: &Lines<'_>, range: Range<usize>, change: LineChange| -> Vec<DiffLine> {
        lines.texts.get(range).unwrap_or_default().iter().map(|text| line(change, text)).collect()
    };
    if op.tag() == DiffTag::Equal {
        return of(after, op.new_range(), LineChange::Same);
    }
    let mut all = of(before, op.old_range(), LineChange::Removed);
    all.extend(of(after, op.new_range(), LineChange::Added));
    all
}

/// For each line the `[section]` above it.
fn sections<'a>(lines: &[&'a str]) -> Vec<Option<&'a str>> {
    let mut section = None;
    let above = |line: &&'a str| {
        let above = section;
        if is_section(line) {
            section = Some(line.trim_end_matches(['\n', '\r']));
        }
        above
    };
    let mut all: Vec<Option<&str>> = lines.iter().map(above).collect();
    all.push(section);
    all
}

fn is_section(line: &str) -> bool {
    line.starts_with('[') && line.trim_end().ends_with(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(hunks: &[Hunk]) -> Vec<&str> {
        let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
        lines.filter(|line| line.change != LineChange::Same).map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn long_texts_are_compared_from_both_ends() {
        let text = |other: &str| {
            (0..20_000)
                .map(|at| if at == 9_000 { format!("{other}\n") } else { format!("k{at}=1\n") })
                .collect::<String>()
        };
        let (one, other) = (text("a"), text("b"));
        let found = hunks(&one, &other);
        assert_eq!(changed(&found), ["a", "b"]);
        assert_eq!((found.len(), found[0].line), (1, 8_999));
        assert_eq!(hunks(&one, &one), []);
        assert_eq!(changed(&hunks(&one, &format!("{one}end"))), ["end"]);
        assert_eq!(changed(&hunks(&format!("{one}end"), &one)), ["end"]);
        assert_eq!(hunks(&one, &one.replace('k', "j")).len(), 1);
    }
}
