//! The invariants of ARCHITECTURE.md that a scan of the sources can see.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Lines of code outside of comments and of in-file tests.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).unwrap();
    let body = text.split("\n#[cfg(test)]").next().unwrap().to_owned();
    let lines = body.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines.map(|(at, line)| (at + 1, line.to_owned())).collect()
}

fn is_test(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem == "tests") || path.components().any(|part| part.as_os_str() == "tests")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn offending(rooms: impl Fn(&str) -> bool, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in sources(&root()) {
        let inside = path.strip_prefix(root()).unwrap();
        let room = inside.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned();
        if !rooms(&room) || is_test(inside) {
            continue;
        }
        for (at, line) in code(&path) {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                found.push(format!("{}:{at} names {word}", inside.display()));
            }
        }
    }
    found
}

#[test]
fn only_ui_and_view_print() {
    let words = ["println!", "print!(", "eprintln!", "eprint!(", "io::stdout", "io::stderr", "stdout()", "stderr()"];
    assert_eq!(offending(|room| !["ui", "view"].contains(&room), &words), Vec::<String>::new());
}

#[test]
fn only_cluster_names_kube() {
    assert_eq!(offending(|room| room != "cluster", &["kube::", "k8s_openapi::"]), Vec::<String>::new());
}

/// Threads and an event loop cost more than reading a manifest: see benches/start_up.rs.
#[test]
fn commands_without_a_cluster_start_no_runtime() {
    for file in ["cli/validate.rs", "cli/show.rs", "cli/input.rs", "cli/planfile.rs", "main.rs"] {
        for (at, line) in code(&root().join(file)) {
            let word = ["connect::", "runtime", "async", "tokio"].into_iter().find(|word| line.contains(word));
            assert_eq!(word, None, "{file}:{at}");
        }
    }
}

#[test]
fn no_source_is_too_long() {
    let mut long = Vec::new();
    for folder in ["src", "crates", "state/src", "tests/it", "tests/truth"] {
        for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            if lines > 800 {
                long.push(format!("{} has {lines} lines", path.display()));
            }
        }
    }
    assert_eq!(long, Vec::<String>::new());
}
