//! The allowances: `--allow`, README and docs/plan.md name them all, and nothing else.

use std::collections::BTreeSet;

use iriskit_state::plan::AllowanceName;

use super::source::{self, is_current, row, with_rows};

/// What follows `--allow` in its row of the help.
fn taken() -> BTreeSet<String> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_iriskit")).args(["apply", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let (_, rest) = help.split_once("--allow ").expect("apply takes allowances");
    let (_, values) = rest.split_once("[possible values: ").expect("its values are known");
    let (values, _) = values.split_once(']').expect("they end");
    values.split(',').map(|value| value.trim().to_owned()).collect()
}

#[test]
fn every_allowance_is_documented() {
    let all: BTreeSet<String> = AllowanceName::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(taken(), all, "--allow");
    let rows = AllowanceName::ALL.iter().map(|name| row(&[&format!("`{name}`"), &name.meaning()]));
    let wanted = with_rows(&source::page("docs/plan.md"), "## Allowances", &rows.collect::<String>());
    is_current("docs/plan.md", &wanted);

    let readme = source::page("README.md");
    let (_, list) = readme.split_once("the plan that needs it: `--allow ").expect("README lists them");
    let list = list.split(['.', ';']).next().unwrap();
    let named: BTreeSet<String> = list
        .split('`')
        .map(|word| word.trim().trim_start_matches("--allow "))
        .filter(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .filter(|word| !matches!(*word, "and" | "or"))
        .map(str::to_owned)
        .collect();
    assert_eq!(named, all, "README.md");
}
