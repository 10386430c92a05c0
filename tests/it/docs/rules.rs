//! Every rule that a prediction names stands in docs/rules.md, and docs/parameters.md is the table of the code.

use std::{collections::BTreeSet, fs};

use iriskit_core::iris::{Effect, PARAMETERS, RESTART_KEYS};

use super::source;

/// The rules that sources name: what is pushed to `rules`, and in the room of IRIS and for rolls every name with a dash.
fn rules() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (file, code) in source::sources() {
        let pushed = code.split("rules.push(").skip(1).filter_map(source::id);
        found.extend(pushed.map(str::to_owned));
        if file.starts_with("iris/") || file == "plan/rolling.rs" {
            let literals = code.match_indices('"').filter_map(|(at, _)| source::id(code.split_at(at).1));
            found.extend(literals.filter(|id| id.trim_matches('-').contains('-')).map(str::to_owned));
        }
    }
    found
}

#[test]
fn every_rule_is_documented_with_its_source_and_every_row_is_used() {
    let rows: BTreeSet<String> = source::rows(&source::page("docs/rules.md")).into_iter().map(|(id, _)| id).collect();
    let undocumented: Vec<String> = rules().difference(&rows).cloned().collect();
    assert_eq!(undocumented, Vec::<String>::new(), "docs/rules.md lacks these");
    let sources = source::sources();
    let unused = |id: &&String| !sources.iter().any(|(_, code)| code.contains(&format!("\"{id}\"")));
    assert_eq!(rows.iter().filter(unused).collect::<Vec<_>>(), Vec::<&String>::new(), "no code makes these");
}

#[test]
fn the_page_of_parameters_is_the_table_of_the_code() {
    let path = source::root().join("docs/parameters.md");
    let page = page();
    if std::env::var_os("IRISKIT_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(source::page("docs/parameters.md") == page, "docs/parameters.md is out of date: IRISKIT_BLESS=1");
}

fn page() -> String {
    let mut page = "\
# When a changed parameter takes effect

What a plan says of the parameters in changed CPF texts (`impact.parameters` in JSON). The last column names the manual of
InterSystems that says so. A parameter that is not here is unknown, and the plan says so. A removed line has no effect: the
value that was merged stays. How actions are judged stands with the [rules](rules.md). Made from the code by a test.

| parameter | takes effect | mirror | besides | from |
| --- | --- | --- | --- | --- |
"
    .to_owned();
    for row in PARAMETERS {
        let effect = match row.effect {
            Effect::Live => "live",
            Effect::NewProcesses => "live, for new processes",
            Effect::NextRestart => "at the next restart",
            Effect::FirstStart => "at the first start only",
            Effect::NoEffect => "no effect",
            Effect::Unknown => "unknown",
        };
        let mirror = if row.mirror { "yes" } else { "" };
        let cells = [&format!("`[{}] {}`", row.section, row.key), effect, mirror, row.note, row.source];
        page.push_str(&["| ", &cells.join(" | "), " |\n"].concat());
    }
    let keys = RESTART_KEYS.map(|key| format!("`{key}`")).join(", ");
    let closing = format!(
        "\nOf a CSP.ini, {keys} in `[SYSTEM]` wait for a restart of the gateway; everything else is live within about a\n\
         minute (Web Gateway Guide).\n"
    );
    page.push_str(&closing);
    page
}
