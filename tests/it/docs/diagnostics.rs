//! The tables of docs/diagnostics.md and docs/exit-codes.md are made from the ids.

use std::collections::BTreeSet;

use iriskit::cli::ErrorId;
use iriskit_state::plan::{DiagnosticId, NoteId, Section, Severity};

use super::source::{self, is_current, page, row, with_rows};

const PAGE: &str = "docs/diagnostics.md";
const ERRORS: &str = "docs/exit-codes.md";

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
    for page in [PAGE, ERRORS] {
        let mut seen = BTreeSet::new();
        for (id, _) in source::rows(&source::page(page)) {
            assert!(seen.insert(id.clone()), "{page}: {id} has two rows");
        }
    }
}

#[test]
fn the_table_of_errors_is_that_of_the_ids() {
    let rows = ErrorId::ALL.iter().map(|id| {
        let codes: Vec<String> = id.exits().iter().map(|exit| exit.number().to_string()).collect();
        row(&[&format!("`{}`", id.as_str()), &codes.join(", "), &id.meaning(), id.advice()])
    });
    is_current(ERRORS, &with_rows(&page(ERRORS), "## Errors", &rows.collect::<String>()));
}
