//! Every source is part of a crate, and none is too long.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::{
    packages::{shown, workspace},
    sources::workspace_sources,
};

const FOLDERS: [&str; 5] = ["src", "crates", "state", "tests", "benches"];
const MOST_LINES: usize = 800;

fn files() -> Vec<PathBuf> {
    FOLDERS.iter().flat_map(|folder| files_in(&workspace().join(folder))).collect()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_in(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_file_is_named_by_a_mod() {
    let modules: BTreeSet<&Path> = workspace_sources().places().map(|(_, module)| module.file.as_path()).collect();
    let lost: Vec<String> =
        files().iter().filter(|file| !modules.contains(file.as_path())).map(|file| shown(file)).collect();
    assert_eq!(lost, Vec::<String>::new(), "files that no `mod` names");
}

#[test]
fn no_file_is_too_long() {
    let mut long = Vec::new();
    for file in files() {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        if lines > MOST_LINES {
            long.push(format!("{} has {lines} lines", shown(&file)));
        }
    }
    assert_eq!(long, Vec::<String>::new());
}
