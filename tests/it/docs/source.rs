//! The sources and pages that the documentation is compared with.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};

/// The repository's folder.
pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository.
pub(super) fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The file is as it should be; with `IRISKIT_BLESS` it is made so.
#[track_caller]
pub(super) fn is_current(file: &str, wanted: &str) {
    if std::env::var_os("IRISKIT_BLESS").is_some() {
        fs::write(root().join(file), wanted).unwrap();
    }
    let found = fs::read_to_string(root().join(file)).unwrap_or_default();
    let line = found.lines().zip(wanted.lines()).position(|(old, new)| old != new);
    assert!(
        found == wanted,
        "{file} is out of date (first difference in line {:?}); make it anew: IRISKIT_BLESS=1 cargo test --test it docs",
        line.map(|line| line + 1)
    );
}

/// A row of a table.
pub(super) fn row(cells: &[&str]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The page with other rows in the first table below a heading.
pub(super) fn with_rows(page: &str, heading: &str, rows: &str) -> String {
    let (above, section) = page.split_once(&format!("{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let (ahead, below) = section.split_once("| --- |").expect("a table");
    let (rule, below) = below.split_once('\n').expect("rows");
    let rest = below.split_inclusive('\n').skip_while(|line| line.starts_with("| ")).collect::<String>();
    format!("{above}{heading}\n{ahead}| --- |{rule}\n{rows}{rest}")
}

/// The first column of every row of a page's tables, as far as it is code, with the second column.
pub(super) fn rows(page: &str) -> Vec<(String, String)> {
    let cells = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    cells.map(|(id, rest)| (id.to_owned(), rest.split(" |").next().unwrap().to_owned())).collect()
}

/// Every source of the program and its crates, with its path: tests and comments left out, on one line, with single spaces and
/// none behind an opening bracket.
pub(super) fn sources() -> Vec<(String, String)> {
    let root = root();
    let inside = |path: &Path| path.strip_prefix(&root).unwrap().display().to_string();
    files().iter().map(|path| (inside(path), code(&fs::read_to_string(path).unwrap()))).collect()
}

fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["src", "crates"] {
        collect(&root().join(folder), &mut found);
    }
    found.sort();
    found
}

/// The names that stand behind each `TYPE::` in the program and its crates, from the tokens of their sources: tests and comments
/// left out, text is one token.
pub(super) fn named(types: &[&str]) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for path in files() {
        let text = fs::read_to_string(&path).unwrap();
        let body = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
        let tokens = body.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut flat = Vec::new();
        flatten(tokens, &mut flat);
        let paths =
            flat.windows(4).filter(|part| part[1] == ":" && part[2] == ":" && types.contains(&part[0].as_str()));
        found.extend(paths.map(|part| (part[0].clone(), part[3].clone())));
    }
    found
}

fn flatten(tokens: TokenStream, flat: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => flatten(group.stream(), flat),
            other => flat.push(other.to_string()),
        }
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !name.ends_with("tests") {
            found.push(path);
        }
    }
}

fn code(text: &str) -> String {
    let body = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = body.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ").replace("( ", "(")
}
