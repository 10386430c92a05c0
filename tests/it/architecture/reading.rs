//! From the root file of a crate to its modules: follows `mod` items to their files, as the compiler does.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use syn::{Expr, ItemMod, Lit, Meta, Visibility};

use super::{
    module::{Child, Module},
    references::read_items,
};

pub(crate) struct Crate {
    /// As paths spell it.
    pub(crate) name: String,
    /// Other crates may name it.
    pub(crate) library: bool,
    pub(crate) externs: BTreeSet<String>,
    /// The first is the root.
    pub(crate) modules: Vec<Module>,
}

/// Where the files of a module's children lie.
#[derive(Clone)]
struct Folders {
    /// For children that say nothing.
    children: PathBuf,
    /// For children with a `#[path]`.
    paths: PathBuf,
}

/// What is known of a module before its items are read.
struct Frame {
    parent: Option<usize>,
    test: bool,
    file: PathBuf,
    folders: Folders,
}

pub(crate) fn read_crate(name: &str, root: &Path, externs: BTreeSet<String>, library: bool, test: bool) -> Crate {
    let mut modules = Vec::new();
    let folder = root.parent().unwrap().to_owned();
    let folders = Folders { children: folder.clone(), paths: folder };
    let frame = Frame { parent: None, test, file: root.to_owned(), folders };
    add(&mut modules, &parsed(root).items, &frame);
    Crate { name: name.to_owned(), library, externs, modules }
}

fn parsed(file: &Path) -> syn::File {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn add(modules: &mut Vec<Module>, items: &[syn::Item], frame: &Frame) -> usize {
    let (module, declared) = read_items(items, frame.test);
    let place = modules.len();
    modules.push(Module { file: frame.file.clone(), parent: frame.parent, test: frame.test, ..module });
    for child in declared {
        let name = child.item.ident.to_string();
        let exported = matches!(child.item.vis, Visibility::Public(_));
        let module = add_child(modules, child.item, child.test, place, frame);
        modules[place].children.insert(name, Child { module, exported });
    }
    place
}

fn add_child(modules: &mut Vec<Module>, item: &ItemMod, test: bool, parent: usize, frame: &Frame) -> usize {
    let name = item.ident.to_string();
    let parent = Some(parent);
    if let Some((_, items)) = &item.content {
        let inside = frame.folders.children.join(&name);
        let folders = Folders { children: inside.clone(), paths: inside };
        return add(modules, items, &Frame { parent, test, file: frame.file.clone(), folders });
    }
    let (file, children) = file_of(item, &name, &frame.folders);
    let folders = Folders { children, paths: file.parent().unwrap().to_owned() };
    add(modules, &parsed(&file).items, &Frame { parent, test, file: file.clone(), folders })
}

/// The file of a module, and the folder of its children's files.
fn file_of(item: &ItemMod, name: &str, folders: &Folders) -> (PathBuf, PathBuf) {
    if let Some(path) = path_attribute(item) {
        let file = plain(&folders.paths.join(path));
        let folder = file.parent().unwrap().to_owned();
        return (file, folder);
    }
    let inside = folders.children.join(name);
    let (alone, wiring) = (folders.children.join(format!("{name}.rs")), inside.join("mod.rs"));
    assert!(alone.is_file() || wiring.is_file(), "no file for mod {name}: {}", alone.display());
    (if alone.is_file() { alone } else { wiring }, inside)
}

fn path_attribute(item: &ItemMod) -> Option<String> {
    item.attrs.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

/// Without `..`, so that one file has one name.
fn plain(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
