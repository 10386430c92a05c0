//! The tables of docs/diagnostics.md are made from the ids; the errors of runs stand in docs/exit-codes.md.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::plan::{DiagnosticId, NoteId, Section, Severity};

use super::source::{self, is_current, page, row, with_rows};

const PAGE: &str = "docs/diagnostics.md";

#[test]
fn the_tables_are_those_of_the_ids() {
    let mut wanted = page(PAGE);
    for (heading, section) in [
        ("## In manifests: form", Section::Form),
        ("## In manifests: topology", Section::Topology),
        ("## In manifests: expansion", Section::Expansion),
    ] {
        let ids = DiagnosticId::ALL.iter().filter(|id| id.section() == section);
        let rows = ids.map(|id| finding(id.as_str(), id.severities(), &id.meaning(), id.advice())).collect::<String>();
        wanted = with_rows(&wanted, heading, &rows);
    }
    let rows = NoteId::ALL.iter().map(|id| finding(id.as_str(), id.severities(), &id.meaning(), id.advice()));
    is_current(PAGE, &with_rows(&wanted, "## In plans", &rows.collect::<String>()));
}

fn finding(id: &str, severities: &[Severity], meaning: &str, advice: &str) -> String {
    let severities: Vec<&str> = severities
        .iter()
        .map(|severity| match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        })
        .collect();
    row(&[&format!("`{id}`"), &severities.join(", "), meaning, advice])
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
