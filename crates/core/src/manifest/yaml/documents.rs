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
            objects(&Slice { text: slice, bytes: self.start, lines: self.lines }, found);
        }
    }
}

/// The objects of JSON that stand back to back in a document, as `kubectl` and `jq` write them; the document itself when it is
/// anything else.
fn objects<'t>(document: &Slice<'t>, found: &mut Vec<Slice<'t>>) {
    let (mut start, mut lines) = (0, document.lines);
    let before = found.len();
    loop {
        let rest = document.text.get(start..).unwrap_or_default();
        let bare = rest.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        if bare.is_empty() {
            return;
        }
        let lead = rest.len() - bare.len();
        let length = if bare.starts_with('{') { object_length(bare) } else { None };
        let Some(length) = length else { break };
        let whole = rest.get(..lead + length).unwrap_or_default();
        found.push(Slice { text: whole, bytes: document.bytes + start, lines });
        lines += whole.bytes().filter(|byte| *byte == b'\n').count();
        start += whole.len();
    }
    found.truncate(before);
    found.push(*document);
}

/// Bytes of the object of JSON at the beginning; `None` when its end is missing.
fn object_length(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' => depth += 1,
            b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
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
    fn objects_of_json_may_stand_back_to_back() {
        assert_eq!(
            pieces("{\"a\": 1}\n{\"b\": \"}{\\\"\"}\n"),
            [("{\"a\": 1}", 0, 0), ("\n{\"b\": \"}{\\\"\"}", 8, 0)]
        );
        assert_eq!(pieces("{\n \"a\": {}\n}\n\n{}{}"), [("{\n \"a\": {}\n}", 0, 0), ("\n\n{}", 12, 2), ("{}", 16, 4)]);
        for whole in ["{a: b}\nc: d\n", "{\"a\": 1", "{\"a\": 1}}", "{\"a\": 1} # x\n", "[1]\n[2]\n"] {
            assert_eq!(pieces(whole), [(whole, 0, 0)]);
        }
        assert_eq!(pieces("---\n{}\n"), [("---\n{}\n", 0, 0)]);
    }

    #[test]
    fn directives_stay_with_their_document() {
        assert_eq!(pieces("%YAML 1.2\n---\na: 1\n"), [("%YAML 1.2\n---\na: 1\n", 0, 0)]);
    }
}
