//! The sources of the whole workspace, read once.

use std::sync::OnceLock;

use super::{
    packages::{TargetKind, packages},
    reading::read_crate,
    resolver::Sources,
};

pub(crate) fn workspace_sources() -> &'static Sources {
    static SOURCES: OnceLock<Sources> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let mut crates = Vec::new();
        for package in packages() {
            for target in &package.targets {
                let (library, test) = (target.kind == TargetKind::Library, target.kind == TargetKind::Test);
                crates.push(read_crate(&target.name, &target.root, package.externs.clone(), library, test));
            }
        }
        Sources { crates }
    })
}
