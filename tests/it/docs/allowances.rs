//! The allowances: README and docs/plan.md name what `--allow` takes, no more and no less.

use std::collections::BTreeSet;

use super::source;

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
    let taken = taken();
    let page = source::page("docs/plan.md");
    let (_, section) = page.split_once("## Allowances").expect("a section");
    let section = section.split("\n## ").next().unwrap();
    let table: BTreeSet<String> = source::rows(section).into_iter().map(|(name, _)| name).collect();
    assert_eq!(table, taken, "docs/plan.md");

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
    assert_eq!(named, taken, "README.md");
}
