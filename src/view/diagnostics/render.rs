//! Diagnostics as text, in the look of rustc.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::mask::masked;
use crate::ui::{clean, plural};
use iriskit_core::{
    diagnostic::{Diagnostic, Label, Position, Severity},
    manifest::Input,
};
use iriskit_state::is_harmful;

/// How many findings are shown; a file that is no manifest at all has thousands.
const SHOWN: usize = 200;
/// More errors that say the same are told once.
const ERRORS_SHOWN: usize = 4;
/// More places of what is told once are counted.
const PLACES: usize = 6;

/// The findings with the lines they speak of, one after another with a blank line between; ends in a line end unless
/// there are none.
///
/// Values of Secrets and of anything called a password are blotted out: pipelines keep their logs. `width` is in
/// columns; only source lines are cut to it.
pub fn render(diagnostics: &[Diagnostic], inputs: &[Input], colour: bool, width: usize) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.term_width(width);
    let named: BTreeSet<&str> = diagnostics
        .iter()
        .flat_map(|diagnostic| &diagnostic.labels)
        .map(|label| label.position.file.as_str())
        .collect();
    let sources: BTreeMap<&str, Source> = inputs
        .iter()
        .filter(|input| named.contains(input.name.as_str()))
        .map(|input| (input.name.as_str(), Source::new(harmless(&masked(input)))))
        .collect();
    let told = told_once(diagnostics);
    let mut texts: Vec<String> =
        told.iter().take(SHOWN).map(|(diagnostic, others)| one(diagnostic, others, &sources, &renderer)).collect();
    if let Some(more) = told.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        texts.push(format!("… and {more} more\n"));
    }
    texts.join("\n")
}

/// `2 errors and 1 warning in 1 file.`; empty when there are none.
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let words: Vec<String> = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")]
        .into_iter()
        .map(|(severity, word)| (count(severity), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| plural(count, word))
        .collect();
    let files: BTreeSet<&str> = diagnostics
        .iter()
        .filter_map(|diagnostic| diagnostic.labels.first())
        .map(|label| label.position.file.as_str())
        .collect();
    let place = if files.is_empty() { String::new() } else { format!(" in {}", plural(files.len(), "file")) };
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => format!("{last}{place}."),
        Some((last, others)) => format!("{} and {last}{place}.", others.join(", ")),
    }
}

/// Everything that a finding says, but for its places.
type Words<'a> = (String, &'a str, Option<&'a str>, Vec<&'a str>);

fn words(diagnostic: &Diagnostic) -> Words<'_> {
    let labels = diagnostic.labels.iter().map(|label| label.text.as_str()).collect();
    let head = format!("{:?} {}", diagnostic.severity, diagnostic.id.as_str());
    (head, &diagnostic.message, diagnostic.help.as_deref(), labels)
}

/// Findings that say the same of several places, together with the other places. Each of a few errors is shown with its line.
fn told_once(diagnostics: &[Diagnostic]) -> Vec<(&Diagnostic, Vec<&Position>)> {
    let mut groups: BTreeMap<Words<'_>, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in diagnostics {
        groups.entry(words(diagnostic)).or_default().push(diagnostic);
    }
    let folds = |group: &[&Diagnostic]| match group {
        [first, ..] if first.labels.is_empty() => false,
        [first, ..] if first.severity == Severity::Error => group.len() > ERRORS_SHOWN,
        _ => group.len() > 1,
    };
    let mut told: Vec<(&Diagnostic, Vec<&Position>)> = Vec::new();
    let mut done: BTreeSet<Words<'_>> = BTreeSet::new();
    for diagnostic in diagnostics {
        let key = words(diagnostic);
        let group = groups.get(&key).map(Vec::as_slice).unwrap_or_default();
        if !folds(group) {
            told.push((diagnostic, Vec::new()));
        } else if done.insert(key) {
            let others = group.iter().skip(1).filter_map(|other| other.labels.first());
            told.push((diagnostic, others.map(|label| &label.position).collect()));
        }
    }
    told
}

fn one(diagnostic: &Diagnostic, others: &[&Position], sources: &BTreeMap<&str, Source>, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(clean(&diagnostic.message)).id(diagnostic.id.as_str()));
    let mut files: Vec<&str> = Vec::new();
    for label in &diagnostic.labels {
        if !files.contains(&label.position.file.as_str()) {
            files.push(&label.position.file);
        }
    }
    for file in files {
        let labels = diagnostic.labels.iter().enumerate().filter(|(_, label)| label.position.file == file);
        if let Some(source) = sources.get(file) {
            group = group.element(source.snippet(file, labels));
        } else {
            let lines = labels.map(|(_, label)| format!("{file}:{}: {}", label.position.line, clean(&label.text)));
            group = group.elements(lines.map(|line| Level::NOTE.no_name().message(line)));
        }
    }
    if !others.is_empty() {
        let places = others.iter().take(PLACES).map(|place| format!("{}:{}:{}", place.file, place.line, place.column));
        let mut places: Vec<String> = places.collect();
        if let more @ 1.. = others.len().saturating_sub(PLACES) {
            places.push(format!("and {more} more"));
        }
        let text = format!("{} times: the same at {}", others.len() + 1, places.join(", "));
        group = group.element(Level::NOTE.message(clean(&text).into_owned()));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(clean(help)));
    }
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}

/// The text without harmful characters but those of ASCII, which the renderer replaces. What stands for them is as long, so that
/// no place moves.
fn harmless(text: &str) -> String {
    let shown = |found: char| match found.len_utf8() {
        1 => found,
        _ if !is_harmful(found) => found,
        2 => '·',
        _ => char::REPLACEMENT_CHARACTER,
    };
    text.chars().map(shown).collect()
}

/// An input's text and where its lines start.
struct Source {
    text: String,
    lines: Vec<usize>,
}

impl Source {
    fn new(text: String) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        Self { text, lines }
    }

    /// The lines from the first to the last label: the whole of a large file is not needed.
    fn snippet<'a>(
        &'a self,
        file: &'a str,
        labels: impl Iterator<Item = (usize, &'a Label)>,
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let labels: Vec<_> = labels.map(|(at, label)| (at, label, self.line_part(&label.position.bytes))).collect();
        let first = labels.iter().map(|(_, _, span)| self.line_of(span.start)).min().unwrap_or_default();
        let last = labels.iter().map(|(_, _, span)| self.line_of(span.end)).max().unwrap_or_default();
        let start = self.lines.get(first).copied().unwrap_or_default();
        let end = self.lines.get(last + 1).copied().unwrap_or(self.text.len());
        let window = self.text.get(start..end).unwrap_or_default();
        let annotations = labels.into_iter().map(|(at, label, span)| {
            let kind = if at == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(span.start - start..span.end - start);
            if label.text.is_empty() { annotation } else { annotation.label(clean(&label.text)) }
        });
        Snippet::source(window).line_start(first + 1).path(file).annotations(annotations.collect::<Vec<_>>())
    }

    /// The part of a span on its first line, inside the text.
    fn line_part(&self, span: &Range<usize>) -> Range<usize> {
        let start = (0..=span.start.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at));
        let start = start.unwrap_or_default();
        let line = self.text.get(start..).and_then(|rest| rest.lines().next()).map_or(start, |line| start + line.len());
        let end = span.end.clamp(start, line.max(start));
        let end = (start..=end).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(start);
        start..end
    }

    fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iriskit_core::diagnostic::DiagnosticId;

    fn at(file: &str, line: usize, column: usize, bytes: Range<usize>) -> Position {
        Position { file: file.into(), line, column, bytes }
    }

    #[test]
    fn findings_look_like_a_compilers() {
        let inputs = [Input { name: "a.yaml".into(), text: "data:\n  mirored: true\n  arbiter: {}\n".into() }];
        let found = [
            Diagnostic::error(DiagnosticId::UnknownField, "IrisCluster has no field `data.mirored`")
                .at(Some(&at("a.yaml", 2, 3, 8..15)), "did you mean `mirrored`?"),
            Diagnostic::warning(DiagnosticId::ArbiterUnused, "an arbiter without a mirror does nothing")
                .at(Some(&at("a.yaml", 3, 3, 24..31)), "the arbiter")
                .at(Some(&at("a.yaml", 1, 1, 0..4)), "not `mirrored: true`")
                .help("remove it"),
            Diagnostic::error(DiagnosticId::NoDocuments, "no document in `b.yaml`"),
            Diagnostic::note(DiagnosticId::NoLicense, "a place that is not at hand")
                .at(Some(&at("c.yaml", 7, 1, 3..4)), "here"),
        ];
        insta::assert_snapshot!(render(&found, &inputs, false, 100));
        insta::assert_snapshot!(summary(&found), @"2 errors, 1 warning and 1 note in 2 files.");
        assert_eq!(render(&[], &inputs, true, 100), "");
        assert_eq!(summary(&[]), "");
    }

    #[test]
    fn places_that_do_not_fit_the_text_do_no_harm() {
        let inputs = [Input { name: "a".into(), text: "é\nb".into() }];
        for bytes in [0..0, 1..1, 0..99, 3..4, 2..2, 50..60, 4..4] {
            let found = [Diagnostic::error(DiagnosticId::NoDocuments, "y").at(Some(&at("a", 1, 1, bytes)), "")];
            assert!(render(&found, &inputs, true, 20).contains('y'));
        }
    }

    #[test]
    fn nothing_moves_the_cursor() {
        let inputs = [Input { name: "a".into(), text: "a: \u{1b}[2J\n".into() }];
        let found = [Diagnostic::error(DiagnosticId::NoDocuments, "\u{1b}[31m")
            .at(Some(&at("a", 1, 1, 0..1)), "\u{7}")
            .help("\u{1b}c")];
        assert!(!render(&found, &inputs, false, 80).contains(['\u{1b}', '\u{7}']));
    }

    proptest::proptest! {
        #[test]
        fn findings_of_any_text_are_shown(
            text in "(apiVersion: v1\n|kind: (Secret|List|IrisCluster)\n|é|[a-c&*!|>?:,{}\\[\\]'\"#%@ \n~<-]){0,60}",
        ) {
            let inputs = [Input { name: "a.yaml".into(), text }];
            let reading = iriskit_core::manifest::read(&inputs, "shop");
            proptest::prop_assert_eq!(render(&reading.diagnostics, &inputs, true, 100).is_empty(), reading.diagnostics.is_empty());
        }
    }

    #[test]
    fn what_is_the_same_in_many_places_is_told_once() {
        let found: Vec<_> = (1..=9)
            .map(|line| {
                Diagnostic::note(DiagnosticId::NoLicense, "no license").at(Some(&at("a.yaml", line, 1, 0..1)), "here")
            })
            .collect();
        let text = render(&found, &[], false, 200);
        assert_eq!(text.matches("no-license").count(), 1, "{text}");
        assert!(text.contains("9 times: the same at a.yaml:2:1, a.yaml:3:1") && text.contains("and 2 more"), "{text}");
        let errors: Vec<_> =
            found.iter().map(|note| Diagnostic { severity: Severity::Error, ..note.clone() }).take(2).collect();
        assert_eq!(render(&errors, &[], false, 200).matches("no-license").count(), 2);
    }

    #[test]
    fn long_lists_are_cut() {
        let found = vec![Diagnostic::error(DiagnosticId::NoDocuments, "y"); 300];
        assert!(render(&found, &[], false, 80).ends_with("… and 100 more\n"));
    }
}
