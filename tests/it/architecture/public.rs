//! Functions, constants and methods that a crate makes public are named by another crate of the workspace, tests included;
//! those that a room of the program makes public, by another room or crate. Types are not looked at: signatures show them.
//! A method counts as called where its name is.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    module::{Item, SourcePath, Space},
    packages::shown,
    resolver::{Found, ItemName, Place, Sources},
    rooms::room,
    sources::workspace_sources,
};

/// A crate, or a room of the program.
type Home = (usize, Option<String>);

#[test]
fn what_is_public_is_used_elsewhere() {
    let unused = unused(workspace_sources());
    assert!(unused.is_empty(), "public, but used nowhere else:\n{}", unused.join("\n"));
}

/// What is public and named nowhere else, with its file.
pub(crate) fn unused(sources: &Sources) -> Vec<String> {
    let uses = Uses::of(sources);
    let libraries = (0..sources.crates.len()).filter(|at| sources.crates[*at].library);
    let public: BTreeSet<ItemName> = libraries.flat_map(|at| public_items(sources, at)).collect();
    let items = public.difference(&uses.items).map(|item| line(sources, item.place, &item.name));
    let methods = public_methods(sources);
    let methods = methods.iter().filter(|(_, owner, name)| !uses.calls(sources, owner, name));
    let mut found: Vec<String> = items.collect();
    found.extend(methods.map(|(place, owner, name)| line(sources, *place, &format!("{}::{name}", owner.name))));
    found.sort();
    found
}

fn line(sources: &Sources, place: Place, name: &str) -> String {
    format!("{}: {name}", shown(&sources.module(place).file))
}

fn home(sources: &Sources, place: Place) -> Home {
    (place.0, room(sources.module(place)))
}

/// The items of a library that can be named from outside.
fn public_items(sources: &Sources, at: usize) -> BTreeSet<ItemName> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut ahead = vec![(at, 0)];
    while let Some(place) = ahead.pop() {
        let module = sources.module(place);
        if module.test || !seen.insert(place) {
            continue;
        }
        let looked_at = |item: &&Item| item.exported && !item.test && item.space == Space::Value;
        for item in module.items.iter().filter(looked_at) {
            found.insert(ItemName { place, name: item.name.clone(), space: item.space });
        }
        ahead.extend(module.children.values().filter(|child| child.exported).map(|child| (at, child.module)));
        for import in module.imports.iter().filter(|import| import.exported && !import.test) {
            for one in sources.imported(place, &import.path) {
                match one {
                    Found::Module(other) if other.0 == at => ahead.push(other),
                    Found::Item(item, inside)
                        if item.place.0 == at && inside.is_empty() && item.space == Space::Value =>
                    {
                        found.insert(item);
                    }
                    _ => {}
                }
            }
        }
    }
    found
}

/// The public functions and constants of the public types of libraries: where they stand, their type and name.
fn public_methods(sources: &Sources) -> Vec<(Place, ItemName, String)> {
    let mut found = Vec::new();
    for (place, module) in sources.places().filter(|((at, _), _)| sources.crates[*at].library) {
        for one in module.associated.iter().filter(|one| one.exported && !one.test) {
            let owners = sources.resolve(place, &one.owner).into_iter().filter_map(item);
            let owners = owners.filter(|owner| owner.place.0 == place.0 && is_public(sources, owner));
            found.extend(owners.map(|owner| (place, owner, one.name.clone())));
        }
    }
    found
}

fn is_public(sources: &Sources, item: &ItemName) -> bool {
    let items = &sources.module(item.place).items;
    items.iter().any(|one| one.name == item.name && one.space == item.space && one.exported)
}

/// What is named outside of its home.
#[derive(Default)]
struct Uses {
    items: BTreeSet<ItemName>,
    /// By their paths.
    functions: BTreeSet<(ItemName, String)>,
    /// The homes that call a method of this name.
    methods: BTreeMap<String, BTreeSet<Home>>,
}

impl Uses {
    fn of(sources: &Sources) -> Self {
        let mut uses = Uses::default();
        for (place, module) in sources.places() {
            let here = home(sources, place);
            let foreign: Vec<_> = named(sources, place).filter(|(item, _)| home(sources, item.place) != here).collect();
            for (name, _) in &module.calls {
                uses.methods.entry(name.clone()).or_default().insert(here.clone());
            }
            for (item, inside) in foreign {
                uses.functions.extend(inside.first().map(|name| (item.clone(), name.clone())));
                uses.items.insert(item);
            }
        }
        uses
    }

    fn calls(&self, sources: &Sources, owner: &ItemName, name: &str) -> bool {
        let at_home = home(sources, owner.place);
        let called = self.methods.get(name).is_some_and(|homes| homes.iter().any(|home| *home != at_home));
        called || self.functions.contains(&(owner.clone(), name.to_owned()))
    }
}

/// The items that a module names, each with what is named inside of it.
fn named(sources: &Sources, place: Place) -> impl Iterator<Item = (ItemName, Vec<String>)> {
    let module = sources.module(place);
    let imports = module.imports.iter().flat_map(move |import| sources.imported(place, &import.path));
    let paths: BTreeSet<&SourcePath> = module.references.iter().map(|reference| &reference.path).collect();
    let paths = paths.into_iter().flat_map(move |path| sources.resolve(place, path));
    imports.chain(paths).filter_map(|found| match found {
        Found::Item(item, inside) => Some((item, inside)),
        _ => None,
    })
}

fn item(found: Found) -> Option<ItemName> {
    match found {
        Found::Item(item, _) => Some(item),
        _ => None,
    }
}
