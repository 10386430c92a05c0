//! Texts of many lines (CPF, CSP.ini, scripts) as a line diff with a little context.

use similar::{ChangeTag, DiffTag, TextDiff};

use crate::view::document::{DiffLine, Hunk, LineChange};

/// Unchanged lines around a changed one.
const CONTEXT: usize = 2;

/// The places where the texts differ. Each knows its line and, in an INI text, the section it stands in.
pub(super) fn hunks(before: &str, after: &str) -> Vec<Hunk> {
    let diff = TextDiff::from_lines(before, after);
    let mut hunks = Vec::new();
    for group in diff.grouped_ops(CONTEXT) {
        let Some(first) = group.first() else { continue };
        let at = first.new_range().start;
        let lead = after.lines().skip(at).take(first.new_range().len());
        let shown = first.tag() == DiffTag::Equal && lead.into_iter().any(is_section);
        let lines = group.iter().flat_map(|op| diff.iter_changes(op)).map(|change| DiffLine {
            change: match change.tag() {
                ChangeTag::Delete => LineChange::Removed,
                ChangeTag::Insert => LineChange::Added,
                ChangeTag::Equal => LineChange::Same,
            },
            text: change.value().trim_end_matches(['\n', '\r']).to_owned(),
            unterminated: change.missing_newline() && change.tag() != ChangeTag::Equal,
        });
        let section = if shown { None } else { section(after, at).map(str::to_owned) };
        hunks.push(Hunk { line: at + 1, section, lines: lines.collect() });
    }
    hunks
}

/// The `[section]` above line `at` (from 0).
fn section(text: &str, at: usize) -> Option<&str> {
    text.lines().take(at).filter(|line| is_section(line)).last()
}

fn is_section(line: &str) -> bool {
    line.starts_with('[') && line.trim_end().ends_with(']')
}
