//! The rooms of the program: which imports which, and what only one of them may name.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    module::{Module, ReferenceKind},
    packages::workspace,
    resolver::{Found, Place, Sources},
    sources::workspace_sources,
};

/// For each room of `src`, the rooms that it may import.
const ALLOWED: [(&str, &[&str]); 9] = [
    ("apply", &["cluster", "survey"]),
    ("cli", &["apply", "cluster", "files", "labeler", "offline", "survey", "ui", "view"]),
    ("cluster", &[]),
    ("files", &[]),
    ("labeler", &["cluster"]),
    ("offline", &["cluster"]),
    ("survey", &["cluster"]),
    ("ui", &[]),
    ("view", &["apply", "ui"]),
];

/// Files of the commands that ask no cluster.
const WITHOUT_CLUSTER: [&str; 5] = ["cli/validate.rs", "cli/show.rs", "cli/input.rs", "cli/planfile.rs", "main.rs"];

/// The folder or file right below `src` that a module of the program belongs to. Nothing for the root.
pub(crate) fn room(module: &Module) -> Option<String> {
    let inside = module.file.strip_prefix(workspace().join("src")).ok()?;
    let room = inside.iter().next()?.to_string_lossy().trim_end_matches(".rs").to_owned();
    (!["lib", "main"].contains(&room.as_str())).then_some(room)
}

fn shown(module: &Module) -> String {
    super::packages::shown(&module.file)
}

/// All that a module names outside of tests, imports for others included.
fn named(sources: &Sources, place: Place) -> BTreeSet<Found> {
    let module = sources.module(place);
    let imports = module.imports.iter().filter(|import| !import.test);
    let references = module.references.iter().filter(|reference| !reference.test);
    imports
        .flat_map(|import| sources.imported(place, &import.path))
        .chain(references.flat_map(|reference| sources.resolve(place, &reference.path)))
        .collect()
}

/// The modules of the crates that users run.
fn modules(sources: &Sources) -> impl Iterator<Item = (Place, &Module)> {
    let outside = [workspace().join("tests"), workspace().join("benches")];
    sources
        .places()
        .filter(move |(_, module)| !module.test && !outside.iter().any(|folder| module.file.starts_with(folder)))
}

#[test]
fn rooms_import_only_what_they_may() {
    let sources = workspace_sources();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    let mut wrong = BTreeSet::new();
    for (place, module) in modules(sources) {
        let Some(from) = room(module) else { continue };
        let Some(allowed) = allowed.get(from.as_str()) else {
            wrong.insert(format!("{}: the room {from} is not known here", shown(module)));
            continue;
        };
        for found in named(sources, place) {
            let (Found::Module(other) | Found::Item(super::resolver::ItemName { place: other, .. }, _)) = &found else {
                continue;
            };
            let Some(to) = room(sources.module(*other)) else { continue };
            if to != from && !allowed.contains(&to.as_str()) {
                wrong.insert(format!("{} imports {to}: {}", shown(module), name(&found)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn name(found: &Found) -> String {
    match found {
        Found::Item(item, _) => item.name.clone(),
        Found::Outside(path) => path.join("::"),
        Found::Module(_) => "the room itself".to_owned(),
    }
}

#[test]
fn only_cluster_names_kube() {
    let sources = workspace_sources();
    let (mut wrong, mut right) = (BTreeSet::new(), 0);
    for (_, module) in modules(sources) {
        let imports = module.imports.iter().filter(|import| !import.test).map(|import| &import.path);
        let references = module.references.iter().filter(|reference| !reference.test).map(|reference| &reference.path);
        for path in
            imports.chain(references).filter(|path| ["kube", "k8s_openapi"].contains(&path.segments[0].as_str()))
        {
            if room(module).is_some_and(|room| room == "cluster") {
                right += 1;
            } else {
                wrong.insert(format!("{} names {}", shown(module), path.segments.join("::")));
            }
        }
    }
    assert!(right > 0, "cluster names kube, but this test does not see it");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_ui_and_view_print() {
    const MACROS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];
    const STREAMS: [&str; 4] = ["stdout", "stderr", "Stdout", "Stderr"];
    let sources = workspace_sources();
    let (mut wrong, mut right) = (BTreeSet::new(), 0);
    for (place, module) in modules(sources) {
        let macros = module.references.iter().filter(|one| !one.test && one.kind == ReferenceKind::Macro);
        let macros = macros.filter_map(|one| one.path.segments.last()).filter(|name| MACROS.contains(&name.as_str()));
        let streams = named(sources, place).into_iter().filter_map(|found| match found {
            Found::Outside(path) if path.iter().any(|part| STREAMS.contains(&part.as_str())) => Some(path.join("::")),
            _ => None,
        });
        let prints: Vec<String> = macros.cloned().chain(streams).collect();
        if room(module).is_some_and(|room| ["ui", "view"].contains(&room.as_str())) {
            right += prints.len();
        } else {
            wrong.extend(prints.iter().map(|name| format!("{} names {name}", shown(module))));
        }
    }
    assert!(right > 0, "ui prints, but this test does not see it");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Threads and an event loop cost more than reading a manifest: see benches/start_up.rs.
#[test]
fn commands_without_a_cluster_start_no_runtime() {
    let sources = workspace_sources();
    let connect = workspace().join("src/cli/connect.rs");
    for file in WITHOUT_CLUSTER {
        let path = workspace().join("src").join(file);
        let parts: Vec<_> = modules(sources).filter(|(_, module)| module.file == path).collect();
        assert!(!parts.is_empty(), "{file} is no file of the program");
        for (place, module) in parts {
            assert!(!module.asynchronous, "{file} is asynchronous");
            for found in named(sources, place) {
                let tokio = matches!(&found, Found::Outside(path) if path[0] == "tokio");
                assert!(!tokio, "{file} names {}", name(&found));
                assert!(sources.file(&found) != Some(connect.as_path()), "{file} connects: {}", name(&found));
            }
        }
    }
}
