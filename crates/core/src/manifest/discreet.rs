//! Findings quote what they complain of; what is secret of it is taken out again.

use std::ops::Range;

use super::{Input, secret_ranges::secret_ranges};
use crate::{
    diagnostic::{Diagnostic, DiagnosticId},
    diff::MASK,
};

/// Nothing is quoted that is further away from the place of a finding.
const QUOTED: usize = 1_000;
/// A secret as long as this is found inside other words as well.
const LONG: usize = 6;

/// Takes the secrets of the lines that findings speak of out of their words.
pub(super) fn without_secrets(diagnostics: &mut [Diagnostic], input: &Input) {
    if diagnostics.iter().all(|diagnostic| diagnostic.labels.is_empty()) {
        return;
    }
    let mut ranges = secret_ranges(input);
    ranges.sort_by_key(|range| range.start);
    // Where the furthest of the ranges up to each ends: ranges may lie in one another.
    let mut furthest = 0;
    let mut ends: Vec<usize> = Vec::with_capacity(ranges.len());
    for range in &ranges {
        furthest = range.end.max(furthest);
        ends.push(furthest);
    }
    for diagnostic in diagnostics {
        let mut secrets: Vec<&str> = Vec::new();
        for label in &diagnostic.labels {
            let lines = lines_of(&input.text, &label.position.bytes);
            let first = ends.partition_point(|end| *end <= lines.start);
            let hidden = ranges.iter().skip(first).take_while(|range| range.start < lines.end);
            for range in hidden.filter(|range| range.end > lines.start) {
                let part = range.start.max(lines.start)..range.end.min(lines.end);
                secrets.extend(input.text.get(part).unwrap_or_default().lines().flat_map(spellings));
            }
        }
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        let of_reader = diagnostic.id == DiagnosticId::YamlSyntax;
        let texts = [&mut diagnostic.message].into_iter().chain(&mut diagnostic.help);
        for text in texts.chain(diagnostic.labels.iter_mut().map(|label| &mut label.text)) {
            for secret in &secrets {
                *text = without(text, secret, of_reader);
            }
            *text = text.replace(": \"(sensitive)\"", "");
        }
    }
}

/// The lines that some bytes stand on, as far as what is said of the bytes may quote them.
fn lines_of(text: &str, bytes: &Range<usize>) -> Range<usize> {
    let (from, until) = (bytes.start.min(text.len()), bytes.end.min(text.len()));
    let before = text.as_bytes().get(from.saturating_sub(QUOTED)..from).unwrap_or_default();
    let start = from - before.iter().rev().take_while(|byte| **byte != b'\n').count();
    let after = text.as_bytes().get(until..(until + QUOTED).min(text.len())).unwrap_or_default();
    let end = until + after.iter().take_while(|byte| **byte != b'\n').count();
    let inside = |at: &usize| text.is_char_boundary(*at);
    (0..=start).rev().find(inside).unwrap_or_default()..(end..=text.len()).find(inside).unwrap_or(text.len())
}

/// How a secret may be quoted: as it is written, and its words without quotes or marks of YAML around them.
fn spellings(line: &str) -> impl Iterator<Item = &str> {
    const MARKS: [char; 11] = ['"', '\'', '!', '&', '*', '{', '}', '[', ']', ',', ' '];
    let line = line.trim();
    let bare = line.trim_matches(MARKS);
    let words = bare.split_whitespace().map(|word| word.trim_matches(MARKS)).filter(|word| word.len() > 3);
    [line, bare, bare.rsplit(": ").next().unwrap_or_default()]
        .into_iter()
        .chain(words)
        .filter(|spelling| !spelling.is_empty())
}

/// `text` without a secret where it is a word of its own, and if it is long anywhere. Our own words quote nothing behind a
/// mere space; those of the reader of YAML do.
fn without(text: &str, secret: &str, of_reader: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (at, _) in text.match_indices(secret) {
        let after = at + secret.len();
        let joins = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let inside_word = joins(text.get(..at).and_then(|before| before.chars().next_back()))
            || joins(text.get(after..).and_then(|rest| rest.chars().next()));
        let quoted = of_reader || !text.get(..at).is_some_and(|before| before.ends_with(' '));
        if at >= from && quoted && (secret.len() >= LONG || !inside_word) {
            out.push_str(text.get(from..at).unwrap_or_default());
            out.push_str(MASK);
            from = after;
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use crate::manifest::{Input, read};

    fn said(text: &str) -> String {
        let reading = read(&[Input { name: "a.yaml".into(), text: text.into() }], "shop");
        assert!(!reading.diagnostics.is_empty(), "{text}");
        let words = reading.diagnostics.into_iter().flat_map(|found| {
            [found.message].into_iter().chain(found.help).chain(found.labels.into_iter().map(|label| label.text))
        });
        words.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn findings_quote_no_secret() {
        let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";
        for wrong in [
            "stringData: {a: !hunter2 x}",
            "stringData:\n  a: !hunter2\n",
            "stringData:\n  a: *hunter2\n",
            "stringData: {a: hunter2, a: hunter2}",
            "stringdata: {a: hunter2}",
            "stringData: [hunter2]",
            "stringData: hunter2",
            "data: {a: hunter2}",
            "stringData: {a: \"hunter2}",
            "type: [hunter2]\nstringData: {a: hunter2 hunter2: x}",
            "immutable: hunter2\nstringData: {a: x}",
        ] {
            let said = said(&format!("{head}{wrong}"));
            assert!(!said.contains("hunter2") || wrong.starts_with("immutable"), "{wrong}: {said}");
        }
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {password: 5566778899}\n";
        assert!(!said(map).contains("5566778899"), "{}", said(map));
        let pod = |container: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n  - name: c\n    {container}\n"
            )
        };
        for wrong in [
            "args: --password=hunter2",
            "env: [{name: PASSWORD, value: 5566778899}]",
            "command: curl -u keeper:hunter2",
        ] {
            let said = said(&pod(wrong));
            assert!(!said.contains("hunter2") && !said.contains("5566778899"), "{wrong}: {said}");
        }
    }

    #[test]
    fn what_is_no_secret_is_quoted() {
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {port: 5566778899}\n";
        assert!(said(map).contains("quote it: \"5566778899\""), "{}", said(map));
    }
}
