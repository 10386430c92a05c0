//! The rules on small crates made up in a temporary folder: what they must find, and what they must leave alone.

use std::{collections::BTreeSet, fs, path::Path};

use tempfile::TempDir;

use super::{
    circles::{circles, ties},
    public::unused,
    reading::{Crate, read_crate},
    resolver::Sources,
};

struct MadeUp {
    _folder: TempDir,
    sources: Sources,
}

/// Crates by name, each with its files.
fn made_up(crates: &[(&str, &[(&str, &str)])]) -> MadeUp {
    let folder = tempfile::tempdir().unwrap();
    let externs: BTreeSet<String> = crates.iter().map(|(name, _)| (*name).to_owned()).collect();
    let crates = crates.iter().map(|(name, files)| write(folder.path(), name, files, &externs)).collect();
    MadeUp { _folder: folder, sources: Sources { crates } }
}

fn write(folder: &Path, name: &str, files: &[(&str, &str)], externs: &BTreeSet<String>) -> Crate {
    let root = fs::canonicalize(folder).unwrap().join(name);
    for (file, text) in files {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    read_crate(name, &root.join("lib.rs"), externs.clone(), true, false)
}

/// The circles of a crate, each with its files by name.
fn found(crates: &[(&str, &[(&str, &str)])]) -> Vec<Vec<String>> {
    let made_up = made_up(crates);
    let circles = circles(&ties(&made_up.sources, 0));
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    circles.iter().map(|circle| circle.iter().map(|path| name(path)).collect()).collect()
}

fn found_in(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    found(&[("one", files)])
}

const ROOT: (&str, &str) = ("lib.rs", "mod a; mod b;");

#[test]
fn a_circle_of_imports_is_found() {
    let files = [ROOT, ("a.rs", "use crate::b::B; pub struct A(B);"), ("b.rs", "use super::a::A; pub struct B(A);")];
    assert_eq!(found_in(&files), [["a.rs", "b.rs"]]);
}

#[test]
fn a_circle_of_inline_paths_is_found() {
    let files = [ROOT, ("a.rs", "pub fn a() { crate::b::b() }"), ("b.rs", "pub fn b() { super::a::a() }")];
    assert_eq!(found_in(&files), [["a.rs", "b.rs"]]);
}

#[test]
fn a_path_through_an_imported_module_is_followed() {
    let files =
        [ROOT, ("a.rs", "use super::b; pub fn a() { b::b() }"), ("b.rs", "use super::a; pub fn b() { a::a() }")];
    assert_eq!(found_in(&files), [["a.rs", "b.rs"]]);
}

#[test]
fn a_re_export_counts_as_the_file_that_defines_the_item() {
    let files = [
        ("lib.rs", "mod room;"),
        ("room/mod.rs", "mod a; mod b; pub use a::A; pub use b::*;"),
        ("room/a.rs", "use super::B; pub struct A(B);"),
        ("room/b.rs", "use crate::room::A; pub struct B(A);"),
    ];
    assert_eq!(found_in(&files), [["a.rs", "b.rs"]]);
}

#[test]
fn a_file_that_only_gives_names_on_is_in_no_circle() {
    let files = [
        ("lib.rs", "mod room;"),
        ("room/mod.rs", "mod a; mod b; pub use a::A; pub(crate) use b::B;"),
        ("room/a.rs", "use super::B; pub struct A(B);"),
        ("room/b.rs", "pub struct B;"),
    ];
    assert_eq!(found_in(&files), Vec::<Vec<String>>::new());
}

#[test]
fn a_file_that_uses_what_it_gives_on_can_be_in_a_circle() {
    let files = [
        ("lib.rs", "mod room;"),
        ("room/mod.rs", "mod a; pub use a::A; pub struct Limit; pub fn make() -> A { A }"),
        ("room/a.rs", "use super::Limit; pub struct A; fn limit(_: Limit) {}"),
    ];
    assert_eq!(found_in(&files), [["a.rs", "mod.rs"]]);
}

#[test]
fn a_circle_inside_of_macros_is_found() {
    let files = [
        ROOT,
        ("a.rs", "pub const A: u8 = 1; fn a() { println!(\"{}\", [(crate::b::B)]) }"),
        ("b.rs", "pub const B: u8 = 1; fn b() { println!(\"{}\", crate::a::A) }"),
    ];
    assert_eq!(found_in(&files), [["a.rs", "b.rs"]]);
}

#[test]
fn longer_circles_and_paths_of_files_are_followed() {
    let files = [
        ("lib.rs", "mod a; #[path = \"elsewhere/other.rs\"] mod b; mod c { pub mod inner; }"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("elsewhere/other.rs", "use crate::c::inner::C; pub struct B(C);"),
        ("c/inner.rs", "use super::super::a::A; pub struct C(A);"),
    ];
    let circles = found_in(&files);
    assert_eq!(circles.len(), 1);
    assert_eq!(circles[0].len(), 3);
}

#[test]
fn same_names_in_another_crate_are_no_circle() {
    let one = [ROOT, ("a.rs", "use two::b::B; pub struct A(B);"), ("b.rs", "use crate::a::A; pub struct B(A);")];
    let two = [("lib.rs", "pub mod b;"), ("b.rs", "pub struct B;")];
    assert_eq!(found(&[("one", &one), ("two", &two)]), Vec::<Vec<String>>::new());
}

#[test]
fn tests_are_in_no_circle() {
    let files = [
        ROOT,
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        (
            "b.rs",
            "pub struct B; #[cfg(test)] mod tests { use crate::a::A; fn a(_: A) {} } #[cfg(test)] use crate::a::A;",
        ),
    ];
    assert_eq!(found_in(&files), Vec::<Vec<String>>::new());
}

#[test]
fn what_no_other_crate_names_is_unused() {
    let library = "
        mod inner { pub struct Answer; pub fn given() {} }
        pub use inner::Answer;
        pub fn ask() -> Answer { Answer }
        pub fn nobody() {}
        pub(crate) fn own() {}
        pub struct Thing;
        impl Thing { pub fn used(&self) {} pub fn unused(&self) {} fn own(&self) {} }
    ";
    let program = "use one::{Thing, ask}; pub fn run(thing: &Thing) { ask(); println!(\"{}\", thing.used()) }";
    let made_up = made_up(&[("one", &[("lib.rs", library)]), ("two", &[("lib.rs", program)])]);
    let names: Vec<String> = unused(&made_up.sources)
        .iter()
        .map(|line| line.rsplit_once(": ").map_or(line.clone(), |(_, name)| name.to_owned()))
        .collect();
    assert_eq!(names, ["Thing::unused", "nobody", "run"]);
}
