//! Texts of many lines (CPF, CSP.ini, scripts) as a line diff with a little context.

use similar::{ChangeTag, DiffTag, TextDiff};

use crate::ui::Label;
use crate::view::page::Page;

/// Unchanged lines around a changed one.
const CONTEXT: usize = 2;

/// Writes the hunks. Each is headed by its line and, in an INI text, by the section it stands in.
pub(super) fn write(page: &mut Page, indent: usize, before: &str, after: &str) {
    let diff = TextDiff::from_lines(before, after);
    for hunk in diff.grouped_ops(CONTEXT) {
        let Some(first) = hunk.first() else { continue };
        let at = first.new_range().start;
        let lead = after.lines().skip(at).take(first.new_range().len());
        let shown = first.tag() == DiffTag::Equal && lead.into_iter().any(is_section);
        let above = if shown { None } else { section(after, at) };
        let section = above.map(|name| format!(" in {name}")).unwrap_or_default();
        let heading = page.paint(Label::Faint, format_args!("line {}{section}", at + 1));
        page.line(indent, &heading);
        for change in hunk.iter().flat_map(|op| diff.iter_changes(op)) {
            let (label, sign) = match change.tag() {
                ChangeTag::Delete => (Label::Removed, "-"),
                ChangeTag::Insert => (Label::Added, "+"),
                ChangeTag::Equal => (Label::Faint, " "),
            };
            let line = page.paint(label, format_args!("{sign} {}", change.value().trim_end_matches(['\n', '\r'])));
            page.line(indent, &line);
            if change.missing_newline() && change.tag() != ChangeTag::Equal {
                let remark = page.paint(Label::Faint, "  (no newline at the end)");
                page.line(indent, &remark);
            }
        }
    }
}

/// The `[section]` above line `at` (from 0).
fn section(text: &str, at: usize) -> Option<&str> {
    text.lines().take(at).filter(|line| is_section(line)).last()
}

fn is_section(line: &str) -> bool {
    line.starts_with('[') && line.trim_end().ends_with(']')
}
