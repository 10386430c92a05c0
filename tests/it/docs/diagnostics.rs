//! Every stable id of a finding stands in docs/diagnostics.md with its severity, and every row has an id in the code.

use std::collections::{BTreeMap, BTreeSet};

use super::source;

/// How a finding begins, and its severity. The rest of a call begins with the id.
const BEGINNINGS: [(&str, &str); 12] = [
    ("Diagnostic::error(", "error"),
    ("Diagnostic::warning(", "warning"),
    ("Diagnostic::note(", "note"),
    (".error(", "error"),
    (" warning(", "warning"),
    ("(warning(", "warning"),
    ("notes::on(Severity::Error, ", "error"),
    ("notes::on(Severity::Warning, ", "warning"),
    ("notes::on(Severity::Note, ", "note"),
    ("Note { severity: Severity::Error, id: ", "error"),
    ("Note { severity: Severity::Warning, id: ", "warning"),
    ("Note { severity: Severity::Note, id: ", "note"),
];

type Found = BTreeMap<String, BTreeSet<&'static str>>;

/// The ids in a source, and the beginnings whose id this scan does not see.
fn scan(code: &str) -> (Found, Vec<String>) {
    let (mut found, mut unseen) = (Found::new(), Vec::new());
    for (beginning, severity) in BEGINNINGS {
        for (at, _) in code.match_indices(beginning) {
            let (before, rest) = code.split_at(at);
            let rest = rest.strip_prefix(beginning).unwrap();
            if let Some(id) = source::id(rest) {
                found.entry(id.to_owned()).or_default().insert(severity);
            } else if rest.starts_with("id, ") || rest.starts_with("id.") {
                // Chosen just before, or given to a function whose calls are seen.
                let chosen: Vec<&str> = match before.rsplit_once("let (id, ") {
                    Some((_, choice)) => choice.split('(').filter_map(source::id).collect(),
                    None => Vec::new(),
                };
                if chosen.is_empty() && !before.contains("id: &'static str") && !before.contains("id: &str") {
                    unseen.push(rest.chars().take(40).collect());
                }
                for id in chosen {
                    found.entry(id.to_owned()).or_default().insert(severity);
                }
            } else if beginning.starts_with("Diagnostic") || beginning.starts_with("note") {
                unseen.push(rest.chars().take(40).collect());
            }
        }
    }
    (found, unseen)
}

/// A note that is softened after it was made.
const SOFTENED: (&str, &str) = ("secret-unknown", "note");

#[test]
fn every_id_is_documented_and_every_row_has_an_id() {
    let (mut ids, mut unseen) = (Found::new(), Vec::new());
    for (file, code) in source::sources() {
        if file == "diagnostic.rs" || file == "plan/notes.rs" {
            continue;
        }
        let (found, hidden) = scan(&code);
        for (id, severities) in found {
            ids.entry(id).or_default().extend(severities);
        }
        unseen.extend(hidden.iter().map(|text| format!("{file}: {text}")));
    }
    assert_eq!(unseen, Vec::<String>::new(), "ids must be literals, so that this test sees them");
    assert!(ids.insert(SOFTENED.0.to_owned(), [SOFTENED.1].into()).is_some());

    let documented: BTreeMap<String, String> = source::rows(&source::page("docs/diagnostics.md")).into_iter().collect();
    let in_code: BTreeMap<String, String> = ids
        .into_iter()
        .map(|(id, severities)| {
            let mut severities: Vec<&str> = severities.into_iter().collect();
            severities.sort_unstable();
            (id, severities.join(", "))
        })
        .collect();
    let differ = |left: &BTreeMap<String, String>, right: &BTreeMap<String, String>| -> Vec<String> {
        let only = left.iter().filter(|(id, severity)| right.get(*id) != Some(severity));
        only.map(|(id, severity)| format!("{id} ({severity})")).collect()
    };
    assert_eq!(
        differ(&in_code, &documented),
        Vec::<String>::new(),
        "docs/diagnostics.md lacks these, or their severity"
    );
    assert_eq!(differ(&documented, &in_code), Vec::<String>::new(), "no code makes these");
}

#[test]
fn an_id_stands_in_one_row() {
    for page in ["docs/diagnostics.md", "docs/exit-codes.md"] {
        let mut seen = BTreeSet::new();
        for (id, _) in source::rows(&source::page(page)) {
            assert!(seen.insert(id.clone()), "{page}: {id} has two rows");
        }
    }
}

/// The errors of runs: ids at the edge, in `src/cli`. Where the code stands beside the id, it is compared too.
#[test]
fn every_error_of_a_run_is_documented_with_its_exit_code() {
    let mut ids: BTreeMap<String, Option<&'static str>> = BTreeMap::new();
    for (file, code) in source::sources().into_iter().filter(|(file, _)| file.starts_with("src/cli/")) {
        for (beginning, exit) in [
            ("CliError::new(", Some("1")),
            ("Self::new(", Some("1")),
            ("with(ExitCode::Refused, ", Some("6")),
            ("with(ExitCode::Interrupted, ", Some("130")),
            ("with(exit, ", None),
            ("Message { id: ", Some("1")),
        ] {
            for rest in code.split(beginning).skip(1) {
                match source::id(rest) {
                    Some(id) => {
                        let known = ids.entry(id.to_owned()).or_default();
                        *known = known.or(exit);
                    }
                    None => {
                        assert!(rest.starts_with("id, ") || !beginning.starts_with("CliError"), "{file}: {rest:.40}");
                    }
                }
            }
        }
        for choice in code.split("let id = match").skip(1).filter_map(|rest| rest.split("};").next()) {
            ids.extend(choice.split("=> ").filter_map(source::id).map(|id| (id.to_owned(), Some("1"))));
        }
    }
    let rows = source::rows(&source::page("docs/exit-codes.md"));
    let documented: BTreeMap<&str, &str> = rows.iter().map(|(id, code)| (id.as_str(), code.as_str())).collect();
    let in_code: BTreeSet<&str> = ids.keys().map(String::as_str).collect();
    assert_eq!(in_code, documented.keys().copied().collect(), "code and docs/exit-codes.md");
    for (id, exit) in &ids {
        let Some(exit) = exit else { continue };
        assert!(documented[id.as_str()].split(", ").any(|code| code == *exit), "{id} ends with {exit}");
    }
}

#[test]
fn the_scan_sees_every_form() {
    let code = r#"Diagnostic::error("one", text) self.error("two", &field) notes::on(Severity::Note, "three", object)
        Note { severity: Severity::Error, id: "four".into() } let (id, text) = if x { ("five", a) } else { ("six", b) };
        Diagnostic::warning(id, text) Some(warning("seven", text)) #[error("not one")] Diagnostic::note(name, text)"#;
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let (found, unseen) = scan(&code);
    let ids: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(ids, ["five", "four", "one", "seven", "six", "three", "two"]);
    assert_eq!(unseen, ["name, text)"]);
}
