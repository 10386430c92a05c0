//! A document as GitHub Flavored Markdown, for a pull request: the summary first, then facts, rows and notes as lists.

use iriskit_state::plan::{Place, Severity};
use serde_json::Value;

use super::{
    document::{
        Block, Detail, Document, Entry, Fact, Field, FieldValue, Hunk, LineChange, Note, Row, Section, Span, Subject,
    },
    yaml::to_yaml,
};
use crate::ui::{Label, clean};

/// The document as Markdown.
pub(in crate::view) fn write(document: &Document) -> String {
    let is_summary = |block: &&Block| matches!(block, Block::Summary(_));
    let (first, rest): (Vec<_>, Vec<_>) = document.blocks.iter().partition(is_summary);
    let parts: Vec<String> = first.into_iter().chain(rest).flat_map(parts).filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

/// What stands between empty lines; each ends in a line end.
fn parts(block: &Block) -> Vec<String> {
    match block {
        Block::Summary(lines) => lines.iter().map(|line| format!("{}\n", spans(line, ""))).collect(),
        Block::Facts(groups) => vec![groups.iter().flatten().map(fact).collect()],
        Block::Sections(sections) => sections.iter().flat_map(section).collect(),
        Block::Notes(notes) if notes.is_empty() => Vec::new(),
        Block::Notes(notes) => vec!["### Notes\n".to_owned(), notes.iter().map(note).collect()],
    }
}

fn fact(fact: &Fact) -> String {
    let name = span(&fact.name);
    match fact.entries.as_slice() {
        [only] => item(0, &format!("{name}: {}", entry(only))),
        several => item(0, &format!("{name}:")) + &several.iter().map(|one| item(1, &entry(one))).collect::<String>(),
    }
}

fn entry(entry: &Entry) -> String {
    match entry {
        Entry::Parts(parts) => spans(parts, " · "),
        Entry::List(words) => spans(words, ", "),
    }
}

fn section(section: &Section) -> Vec<String> {
    let title = escaped(&section.title);
    let heading = match section.subject {
        Subject::Stage(number) => format!("### {number}. {title}\n"),
        Subject::Drift | Subject::NotReady | Subject::Staying => format!("### {title}\n"),
    };
    let rows: String = section.rows.iter().map(row).collect();
    let details: String = section.details.iter().map(|one| detail(0, one)).collect();
    vec![heading, rows + &details]
}

fn row(row: &Row) -> String {
    let head = format!("{} {}", code(&row.symbol.text), spans(&row.cells, " "));
    let details: String = row.details.iter().map(|one| detail(1, one)).collect();
    item(0, &remarked(&head, &row.remarks)) + &details
}

fn detail(level: usize, detail: &Detail) -> String {
    match detail {
        Detail::Field(changed) => field(level, changed),
        Detail::Parameter(parameter) => {
            let values = parameter.values.as_ref().map(|values| format!(": {}", code(values))).unwrap_or_default();
            let head = format!("{}{values}", code(&parameter.name));
            item(level, &remarked(&head, std::slice::from_ref(&parameter.effect)))
        }
        Detail::Statement(statement) => item(level, &span(statement)),
        Detail::Steps { title, steps } => {
            let step = |(at, step): (usize, &Vec<Span>)| {
                let said: Vec<Span> = step.iter().filter(|span| !span.text.is_empty()).cloned().collect();
                format!("{}{}. {}\n", indent(level + 1), at + 1, spans(&said, " · "))
            };
            item(level, &escaped(title)) + &steps.iter().enumerate().map(step).collect::<String>()
        }
        Detail::Hint { text, command } => item(level, &format!("{} {}", escaped(text), code(command))),
    }
}

fn field(level: usize, field: &Field) -> String {
    let symbol = field.symbol.as_ref().map(|symbol| format!("{} ", code(&symbol.text))).unwrap_or_default();
    let name = format!("{symbol}{}", code(&field.path));
    let (value, lines) = match &field.value {
        FieldValue::Said(said) => (span(said), Vec::new()),
        FieldValue::Scalar { before, after } => (scalar(before.as_deref(), after.as_deref()), Vec::new()),
        FieldValue::Tree { before, after } => (String::new(), [tree("-", before), tree("+", after)].concat()),
        FieldValue::Text(hunks) => (String::new(), hunks.iter().flat_map(hunk).collect()),
    };
    let head = if value.is_empty() { name } else { format!("{name}: {value}") };
    let mut text = item(level, &remarked(&head, &field.remarks));
    if !lines.is_empty() {
        text.push_str(&diff(level + 1, &lines));
    }
    text
}

fn scalar(before: Option<&str>, after: Option<&str>) -> String {
    let sides: Vec<String> = [before, after].into_iter().flatten().map(code).collect();
    sides.join(" → ")
}

fn tree(sign: &str, value: &Value) -> Vec<String> {
    if value.is_null() {
        return Vec::new();
    }
    to_yaml(value).lines().map(|line| format!("{sign} {line}")).collect()
}

fn hunk(hunk: &Hunk) -> Vec<String> {
    let section = hunk.section.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
    let mut lines = vec![format!("@@ line {}{section} @@", hunk.line)];
    for line in &hunk.lines {
        let sign = match line.change {
            LineChange::Removed => "-",
            LineChange::Added => "+",
            LineChange::Same => " ",
        };
        lines.push(format!("{sign} {}", line.text));
        if line.unterminated {
            lines.push("\\ No newline at end of file".to_owned());
        }
    }
    lines
}

fn note(note: &Note) -> String {
    let word = match note.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let times = if note.count > 1 { format!(" ({} times)", note.count) } else { String::new() };
    let head = bold(&format!("{word}[{}]", note.id)) + &times;
    let message = escaped(&note.message);
    let (about, others) = match note.objects.as_slice() {
        [object] => (format!("{}: ", escaped(object)), None),
        [] => (String::new(), None),
        several => (String::new(), Some(format!("for {}", escaped(&several.join(", "))))),
    };
    let place = |place: &Place| code(&format!("{}:{}:{}", place.file, place.line, place.column));
    let places: Vec<String> = note.sources.iter().map(place).collect();
    let places = (!places.is_empty()).then(|| places.join(", "));
    let help = note.help.as_ref().map(|help| format!("help: {}", escaped(help)));
    let below = others.into_iter().chain(places).chain(help).map(|line| item(1, &line));
    item(0, &format!("{head} {about}{message}")) + &below.collect::<String>()
}

/// `head — remark; remark`.
fn remarked(head: &str, remarks: &[Span]) -> String {
    if remarks.is_empty() { head.to_owned() } else { format!("{head} — {}", spans(remarks, "; ")) }
}

fn indent(level: usize) -> String {
    "  ".repeat(level)
}

fn item(level: usize, text: &str) -> String {
    format!("{}- {text}\n", indent(level))
}

/// A code block with the colours of a diff, fenced by more backticks than it holds.
fn diff(level: usize, lines: &[String]) -> String {
    let longest = lines.iter().map(|line| longest_run_of_backticks(line)).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    let indent = indent(level);
    let lines: Vec<String> = lines.iter().map(|line| format!("{indent}{}", clean(line))).collect();
    format!("{indent}{fence}diff\n{}\n{indent}{fence}\n", lines.join("\n"))
}

fn spans(spans: &[Span], between: &str) -> String {
    let spans: Vec<String> = spans.iter().map(span).collect();
    spans.join(between)
}

fn span(span: &Span) -> String {
    match span.label {
        Label::Command => code(&span.text),
        Label::Heading
        | Label::Object
        | Label::Place
        | Label::Interrupts
        | Label::Danger
        | Label::Error
        | Label::Warning => bold(&span.text),
        Label::Added
        | Label::Removed
        | Label::Changed
        | Label::Replaced
        | Label::Staying
        | Label::Stage
        | Label::Calm
        | Label::Note
        | Label::Faint
        | Label::Plain => escaped(&span.text),
    }
}

/// Spaces inside the asterisks would make them plain text.
fn bold(text: &str) -> String {
    match text.trim() {
        "" => text.to_owned(),
        word => text.replacen(word, &format!("**{}**", escaped(word)), 1),
    }
}

/// A code span, delimited by more backticks than it holds.
fn code(text: &str) -> String {
    let text = clean(text);
    let fence = "`".repeat(longest_run_of_backticks(&text) + 1);
    // One space at both ends is no part of the span.
    let apart = text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let space = if apart { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

fn longest_run_of_backticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Text in which nothing is taken for Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut number = true; // so far, which with a dot would be an item of a list
    for (at, c) in clean(text).chars().enumerate() {
        let special =
            matches!(c, '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!');
        let marker = if at == 0 { matches!(c, '+' | '-' | '=') } else { number && matches!(c, '.' | ')') };
        if special || marker {
            safe.push('\\');
        }
        safe.push(c);
        number &= c.is_ascii_digit();
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{plan::document, tests::sample};

    #[test]
    fn a_mirror_gets_a_new_image() {
        insta::assert_snapshot!(write(&document(&sample::image())));
    }

    #[test]
    fn configuration_changes() {
        insta::assert_snapshot!(write(&document(&sample::configuration())));
    }

    #[test]
    fn others_changed_something() {
        insta::assert_snapshot!(write(&document(&sample::drift())));
    }

    #[test]
    fn a_cluster_goes_and_its_volumes_stay() {
        insta::assert_snapshot!(write(&document(&sample::destroy())));
    }

    #[test]
    fn the_same_is_wrong_with_many_objects() {
        insta::assert_snapshot!(write(&document(&sample::blocked())));
    }

    #[test]
    fn nothing_is_taken_for_markup() {
        assert_eq!(escaped("a_b *c* [d](e) <f> #1 `g` \u{1b}"), r"a\_b \*c\* \[d\](e) \<f\> \#1 \`g\` \\u\{1b\}");
        assert_eq!([escaped("1. x"), escaped("- x"), escaped("v1.2")], [r"1\. x", r"\- x", "v1.2"]);
        assert_eq!(bold(" a* "), r" **a\*** ");
    }

    #[test]
    fn code_may_hold_backticks() {
        assert_eq!([code("a"), code("a`b"), code("``"), code("")], ["`a`", "``a`b``", "``` `` ```", "`  `"]);
        let block = diff(1, &["+ ```".to_owned(), "+ x".to_owned()]);
        assert_eq!(block, "  ````diff\n  + ```\n  + x\n  ````\n");
    }
}
