//! Cuts a stream into its documents at the marker lines `---` and `...`, as YAML's grammar has them: they stand
//! at the start of a line and nowhere inside a scalar. A mistake in one document then hides nothing in the others.

use std::ops::Range;

/// One document's text and where it starts in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice<'t> {
    /// The text, with its `---` line.
    pub(super) text: &'t str,
    /// Bytes before it.
    pub(super) bytes: usize,
    /// Lines before it.
    pub(super) lines: usize,
}

/// The bytes of each document of `text` that has content.
pub(crate) fn document_ranges(text: &str) -> Vec<Range<usize>> {
    split(text).into_iter().map(|slice| slice.bytes..slice.bytes + slice.text.len()).collect()
}

/// The documents of a stream; those without content (blank lines and comments only) are left out.
pub(super) fn split(text: &str) -> Vec<Slice<'_>> {
    let mut found = Vec::new();
    let mut current = Open { start: 0, lines: 0, content: false, directive: false };
    let mut offset = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let end = offset + line.len();
        let body = line.trim_end();
        if is_marker(line, "---") {
            if !current.directive || current.content {
                current.close(text, offset, &mut found);
                current = Open { start: offset, lines: number, content: false, directive: false };
            }
            let rest = body.get(3..).unwrap_or_default().trim_start();
            current.content = !rest.is_empty() && !rest.starts_with('#');
        } else if is_marker(line, "...") {
            current.close(text, offset, &mut found);
            current = Open { start: end, lines: number + 1, content: false, directive: false };
        } else if !current.content && line.starts_with('%') {
            current.directive = true;
        } else if !body.is_empty() && !body.trim_start().starts_with('#') {
            current.content = true;
        }
        offset = end;
    }
    current.close(text, offset, &mut found);
    found
}

/// A document whose end is not reached yet.
struct Open {
    start: usize,
    lines: usize,
    content: bool,
    directive: bool,
}

impl Open {
    fn close<'t>(&self, text: &'t str, end: usize, found: &mut Vec<Slice<'t>>) {
        if !(self.content || self.directive) {
            return;
        }
        if let Some(slice) = text.get(self.start..end) {
            found.push(Slice { text: slice, bytes: self.start, lines: self.lines });
        }
    }
}

fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

#[cfg(test)]
mod tests {
    use super::split;

    fn pieces(text: &str) -> Vec<(&str, usize, usize)> {
        split(text).iter().map(|slice| (slice.text, slice.bytes, slice.lines)).collect()
    }

    #[test]
    fn documents_are_cut_at_marker_lines_only() {
        assert_eq!(pieces("a: 1\n---\nb: --- x\n---x: 2\n"), [("a: 1\n", 0, 0), ("---\nb: --- x\n---x: 2\n", 5, 1)]);
        assert_eq!(pieces("a: 1\n...\nb: 2"), [("a: 1\n", 0, 0), ("b: 2", 9, 2)]);
        assert_eq!(pieces("--- a\n--- # only a comment\n---\tb\n"), [("--- a\n", 0, 0), ("---\tb\n", 27, 2)]);
    }

    #[test]
    fn empty_documents_are_left_out() {
        assert_eq!(pieces(""), []);
        assert_eq!(pieces("---\n\n# nothing\n---\n"), []);
        assert_eq!(pieces("---\r\na: 1\r\n---\r\n"), [("---\r\na: 1\r\n", 0, 0)]);
    }

    #[test]
    fn directives_stay_with_their_document() {
        assert_eq!(pieces("%YAML 1.2\n---\na: 1\n"), [("%YAML 1.2\n---\na: 1\n", 0, 0)]);
    }
}
