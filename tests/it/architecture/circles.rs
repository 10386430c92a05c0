//! Inside a crate no two files import each other in a circle. A file imports the files that define what it names; one that
//! only gives names on is looked through. Tests are left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::PathBuf,
};

use super::{
    module::SourcePath,
    packages::shown,
    resolver::{Found, Place, Sources},
    sources::workspace_sources,
};

/// From file to file: the names that tie them.
pub(crate) type Ties = BTreeMap<PathBuf, BTreeMap<PathBuf, BTreeSet<String>>>;

#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources = workspace_sources();
    let circles: Vec<String> = (0..sources.crates.len())
        .flat_map(|at| {
            let ties = ties(sources, at);
            circles(&ties).iter().map(|circle| description(circle, &ties)).collect::<Vec<_>>()
        })
        .collect();
    assert!(circles.is_empty(), "{} circles of files:\n\n{}", circles.len(), circles.join("\n"));
}

/// Which files of a crate name what others of it define.
pub(crate) fn ties(sources: &Sources, at: usize) -> Ties {
    let mut ties = Ties::new();
    for (place, module) in sources.places().filter(|((of, _), module)| *of == at && !module.test) {
        for found in named(sources, place) {
            let Found::Item(item, inside) = found else { continue };
            let other = sources.module(item.place);
            if item.place.0 != at || other.test {
                continue;
            }
            if other.file != module.file {
                let ties = ties.entry(module.file.clone()).or_default().entry(other.file.clone()).or_default();
                ties.insert(inside.iter().fold(item.name.clone(), |name, inside| format!("{name}::{inside}")));
            }
        }
    }
    ties
}

/// What a module's code names and imports for itself, outside of tests.
fn named(sources: &Sources, place: Place) -> BTreeSet<Found> {
    let module = sources.module(place);
    let imports = module.imports.iter().filter(|import| !import.test && !import.gives_on && import.alias.is_some());
    let references = module.references.iter().filter(|reference| !reference.test);
    let paths: BTreeSet<&SourcePath> = references.map(|reference| &reference.path).collect();
    imports
        .flat_map(|import| sources.imported(place, &import.path))
        .chain(paths.into_iter().flat_map(|path| sources.resolve(place, path)))
        .collect()
}

/// Sets of files each of which reaches all others of its set.
pub(crate) fn circles(ties: &Ties) -> Vec<BTreeSet<PathBuf>> {
    let reached: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> = ties.keys().map(|file| (file, reached(ties, file))).collect();
    let mut found: BTreeSet<BTreeSet<PathBuf>> = BTreeSet::new();
    for (file, others) in &reached {
        let circle = others.iter().filter(|other| reached.get(*other).is_some_and(|back| back.contains(file)));
        let circle: BTreeSet<PathBuf> = circle.map(|other| (*other).clone()).collect();
        if !circle.is_empty() {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

fn reached<'a>(ties: &'a Ties, from: &'a PathBuf) -> BTreeSet<&'a PathBuf> {
    let mut found = BTreeSet::new();
    let mut ahead = vec![from];
    while let Some(file) = ahead.pop() {
        ahead.extend(ties.get(file).into_iter().flat_map(BTreeMap::keys).filter(|next| found.insert(*next)));
    }
    found
}

fn description(circle: &BTreeSet<PathBuf>, ties: &Ties) -> String {
    let mut text = format!("{} files in a circle:\n", circle.len());
    for from in circle {
        for (to, names) in ties[from].iter().filter(|(to, _)| circle.contains(*to)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            writeln!(text, "  {} -> {}: {}", shown(from), shown(to), names.join(", ")).unwrap();
        }
    }
    text
}
