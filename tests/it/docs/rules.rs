//! docs/rules.md is made from the rules, docs/parameters.md from the table of parameters.

use iriskit_core::iris::{Effect, PARAMETERS, RESTART_KEYS};
use iriskit_state::plan::RuleId;

use super::source::{is_current, page, row, with_rows};

#[test]
fn the_table_of_rules_is_that_of_the_ids() {
    let rows = RuleId::ALL.iter().map(|id| row(&[&format!("`{id}`"), &id.meaning(), id.source()]));
    let wanted = with_rows(&page("docs/rules.md"), "# Rules behind predictions", &rows.collect::<String>());
    is_current("docs/rules.md", &wanted);
}

#[test]
fn the_page_of_parameters_is_the_table_of_the_code() {
    is_current("docs/parameters.md", &parameters());
}

fn parameters() -> String {
    let mut page = "\
# When a changed parameter takes effect

What a plan says of the parameters in changed CPF texts (`impact.parameters` in JSON). The last column names the manual of
InterSystems that says so. A parameter that is not here is unknown, and the plan says so. A removed line has no effect: the
value that was merged stays. How actions are judged is described with the [rules](rules.md). Generated from the code by a test.

| parameter | takes effect | mirror | besides | from |
| --- | --- | --- | --- | --- |
"
    .to_owned();
    for parameter in PARAMETERS {
        let effect = match parameter.effect {
            Effect::Live => "live",
            Effect::NewProcesses => "live, for new processes",
            Effect::NextRestart => "at the next restart",
            Effect::FirstStart => "at the first start only",
            Effect::NoEffect => "no effect",
            Effect::Unknown => "unknown",
        };
        let mirror = if parameter.mirror { "yes" } else { "" };
        let cells =
            [&format!("`[{}] {}`", parameter.section, parameter.key), effect, mirror, parameter.note, parameter.source];
        page.push_str(&row(&cells));
    }
    let keys = RESTART_KEYS.map(|key| format!("`{key}`")).join(", ");
    let closing = format!(
        "\nOf a CSP.ini, {keys} in `[SYSTEM]` wait for a restart of the gateway; everything else is live within about a\n\
         minute (Web Gateway Guide).\n"
    );
    page.push_str(&closing);
    page
}
