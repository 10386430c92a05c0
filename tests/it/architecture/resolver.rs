//! From a path as it is written to what it names, through imports and re-exports.

use std::{collections::BTreeSet, path::Path};

use super::{
    module::{Module, SourcePath, Space},
    reading::Crate,
};

pub(crate) struct Sources {
    pub(crate) crates: Vec<Crate>,
}

/// A module: its crate and its place there.
pub(crate) type Place = (usize, usize);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ItemName {
    pub(crate) place: Place,
    pub(crate) name: String,
    pub(crate) space: Space,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Found {
    Module(Place),
    /// And what the path names inside of it: a variant, a function of its `impl`.
    Item(ItemName, Vec<String>),
    /// Something of a crate that is not read here, with its whole path.
    Outside(Vec<String>),
}

impl Found {
    /// More can follow after `::`.
    fn is_open(&self) -> bool {
        !matches!(self, Found::Item(ItemName { space: Space::Value | Space::Macro, .. }, _))
    }
}

/// Imports that are being followed: their module and their place there.
type Trail = BTreeSet<(Place, usize)>;

impl Sources {
    pub(crate) fn module(&self, place: Place) -> &Module {
        &self.crates[place.0].modules[place.1]
    }

    pub(crate) fn places(&self) -> impl Iterator<Item = (Place, &Module)> {
        let all = self.crates.iter().enumerate();
        all.flat_map(|(at, one)| one.modules.iter().enumerate().map(move |(place, module)| ((at, place), module)))
    }

    pub(crate) fn file(&self, found: &Found) -> Option<&Path> {
        match found {
            Found::Module(place) | Found::Item(ItemName { place, .. }, _) => Some(&self.module(*place).file),
            Found::Outside(_) => None,
        }
    }

    /// What a path in the code of a module names. Nothing for local names and those of the prelude.
    pub(crate) fn resolve(&self, place: Place, path: &SourcePath) -> Vec<Found> {
        self.follow(place, path, false, &mut Trail::new())
    }

    /// What the path of a `use` names.
    pub(crate) fn imported(&self, place: Place, path: &SourcePath) -> Vec<Found> {
        self.follow(place, path, true, &mut Trail::new())
    }

    fn follow(&self, place: Place, path: &SourcePath, import: bool, trail: &mut Trail) -> Vec<Found> {
        let Some((first, rest)) = path.segments.split_first() else { return Vec::new() };
        let mut found = if path.absolute { Vec::new() } else { self.step(&Found::Module(place), first, trail) };
        if !rest.is_empty() {
            found.retain(Found::is_open);
        }
        if found.is_empty() && (path.absolute || import || !rest.is_empty()) {
            found.extend(self.outside(place, first));
        }
        for (at, segment) in rest.iter().enumerate() {
            found = found.iter().flat_map(|before| self.step(before, segment, trail)).collect();
            if at + 1 < rest.len() {
                found.retain(Found::is_open);
            }
        }
        found
    }

    fn step(&self, before: &Found, segment: &str, trail: &mut Trail) -> Vec<Found> {
        match (before, segment) {
            (Found::Module((at, _)), "crate") => vec![Found::Module((*at, 0))],
            (Found::Module(_), "self") => vec![before.clone()],
            (Found::Module(place), "super") => {
                self.module(*place).parent.map(|parent| Found::Module((place.0, parent))).into_iter().collect()
            }
            (Found::Module(place), name) => self.lookup(*place, name, trail),
            (Found::Item(item, inside), name) => {
                vec![Found::Item(item.clone(), inside.iter().cloned().chain([name.to_owned()]).collect())]
            }
            (Found::Outside(path), name) => {
                vec![Found::Outside(path.iter().cloned().chain([name.to_owned()]).collect())]
            }
        }
    }

    /// What a name means in a module.
    fn lookup(&self, place: Place, name: &str, trail: &mut Trail) -> Vec<Found> {
        let module = self.module(place);
        let mut found = Vec::new();
        if let Some(child) = module.children.get(name) {
            found.push(Found::Module((place.0, child.module)));
        }
        for item in module.items.iter().filter(|item| item.name == name) {
            found.push(Found::Item(ItemName { place, name: name.to_owned(), space: item.space }, Vec::new()));
        }
        found.extend(self.through_imports(place, Some(name), trail));
        if found.is_empty() {
            let everything = self.through_imports(place, None, trail);
            for from in everything.iter().filter(|from| from.is_open()) {
                match from {
                    Found::Module(other) => found.extend(self.lookup(*other, name, trail)),
                    Found::Item(..) if self.has_variant(from, name) => found.extend(self.step(from, name, trail)),
                    _ => {}
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// What the imports of this alias name; without one, what `*` stands behind.
    fn through_imports(&self, place: Place, alias: Option<&str>, trail: &mut Trail) -> Vec<Found> {
        let mut found = Vec::new();
        for (at, import) in self.module(place).imports.iter().enumerate() {
            if import.alias.as_deref() == alias && trail.insert((place, at)) {
                found.extend(self.follow(place, &import.path, true, trail));
                trail.remove(&(place, at));
            }
        }
        found
    }

    fn has_variant(&self, found: &Found, name: &str) -> bool {
        let Found::Item(item, _) = found else { return false };
        let items = &self.module(item.place).items;
        items.iter().any(|one| one.name == item.name && one.variants.iter().any(|variant| variant == name))
    }

    fn outside(&self, place: Place, name: &str) -> Option<Found> {
        let from = &self.crates[place.0];
        if !from.externs.contains(name) && !["std", "core", "alloc"].contains(&name) {
            return None;
        }
        let known = self.crates.iter().position(|one| one.library && one.name == name);
        Some(known.map_or_else(|| Found::Outside(vec![name.to_owned()]), |at| Found::Module((at, 0))))
    }
}
