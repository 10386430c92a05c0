//! The packages of the workspace, as cargo sees them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

pub(crate) struct Package {
    pub(crate) name: String,
    /// Packages that a build for users needs, by the names of the registry.
    pub(crate) dependencies: BTreeSet<String>,
    /// The names under which the sources see the packages they depend on, those of tests included.
    pub(crate) externs: BTreeSet<String>,
    pub(crate) targets: Vec<Target>,
}

pub(crate) struct Target {
    /// As paths spell it.
    pub(crate) name: String,
    pub(crate) kind: TargetKind,
    pub(crate) root: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TargetKind {
    Library,
    Program,
    /// A test or a benchmark.
    Test,
}

pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Without the folder of the workspace.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(workspace()).unwrap_or(path).display().to_string()
}

pub(crate) fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

fn package(value: &Value) -> Package {
    let dependencies = value["dependencies"].as_array().unwrap();
    let targets: Vec<Target> = value["targets"].as_array().unwrap().iter().map(target).collect();
    let own = targets.iter().filter(|target| target.kind == TargetKind::Library).map(|target| target.name.clone());
    Package {
        name: text(&value["name"]),
        dependencies: dependencies.iter().filter(|one| one["kind"].is_null()).map(|one| text(&one["name"])).collect(),
        externs: dependencies
            .iter()
            .map(|one| if one["rename"].is_null() { &one["name"] } else { &one["rename"] })
            .map(|name| text(name).replace('-', "_"))
            .chain(own)
            .collect(),
        targets,
    }
}

fn target(value: &Value) -> Target {
    let kind = match value["kind"][0].as_str().unwrap() {
        "lib" => TargetKind::Library,
        "bin" => TargetKind::Program,
        "test" | "bench" => TargetKind::Test,
        other => panic!("a target of kind {other}: say here whether it is a test"),
    };
    Target { name: text(&value["name"]).replace('-', "_"), kind, root: PathBuf::from(text(&value["src_path"])) }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
