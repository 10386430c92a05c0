//! What one module says: its items, imports and the paths it names.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

#[derive(Default)]
pub(crate) struct Module {
    pub(crate) file: PathBuf,
    pub(crate) parent: Option<usize>,
    pub(crate) test: bool,
    pub(crate) children: BTreeMap<String, Child>,
    pub(crate) items: Vec<Item>,
    pub(crate) imports: Vec<Import>,
    pub(crate) references: Vec<Reference>,
    /// Functions and constants of `impl` blocks that implement no trait.
    pub(crate) associated: Vec<Associated>,
    /// Names of methods that are called, and whether a test does it.
    pub(crate) calls: BTreeSet<(String, bool)>,
    /// There are `async` functions, closures or blocks outside of tests.
    pub(crate) asynchronous: bool,
}

pub(crate) struct Child {
    pub(crate) module: usize,
    pub(crate) exported: bool,
}

/// A path as it is written.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SourcePath {
    /// It begins with `::`.
    pub(crate) absolute: bool,
    pub(crate) segments: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Space {
    Type,
    Value,
    Macro,
}

pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) space: Space,
    /// `pub` without a restriction.
    pub(crate) exported: bool,
    pub(crate) test: bool,
    /// Of an enum.
    pub(crate) variants: Vec<String>,
}

pub(crate) struct Import {
    pub(crate) path: SourcePath,
    /// None for all that is there (`*`).
    pub(crate) alias: Option<String>,
    /// Gives the name on to others (`pub use`, `pub(crate) use`).
    pub(crate) gives_on: bool,
    /// `pub use` without a restriction.
    pub(crate) exported: bool,
    pub(crate) test: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReferenceKind {
    Code,
    Macro,
    Derive,
    /// The trait of an `impl` block.
    Implementation,
}

pub(crate) struct Reference {
    pub(crate) path: SourcePath,
    pub(crate) kind: ReferenceKind,
    pub(crate) test: bool,
}

pub(crate) struct Associated {
    pub(crate) owner: SourcePath,
    pub(crate) name: String,
    pub(crate) exported: bool,
    pub(crate) test: bool,
}
