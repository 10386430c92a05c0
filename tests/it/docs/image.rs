//! The Dockerfile, as far as it can be checked without a container engine: what it copies is there and enough, nothing
//! secret gets in, and what it starts exists.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use super::source;
use crate::support::env::Env;

/// Instructions and their arguments; continued lines are not used there.
fn instructions() -> Vec<(String, String)> {
    let text = source::page("Dockerfile");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            assert!(!line.ends_with('\\'), "{line}");
            let (instruction, rest) = line.split_once(' ').unwrap();
            (instruction.to_owned(), rest.to_owned())
        })
        .collect()
}

fn all(name: &str) -> Vec<String> {
    instructions().into_iter().filter(|(instruction, _)| instruction == name).map(|(_, rest)| rest).collect()
}

fn only(name: &str) -> String {
    let found = all(name);
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found.into_iter().next().unwrap()
}

/// What is copied out of the repository.
fn copied() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in all("COPY").iter().filter(|rest| !rest.starts_with("--from=build ")) {
        let words: Vec<&str> = rest.split(' ').collect();
        let (_, sources) = words.split_last().unwrap();
        found.extend(sources.iter().map(|source| (*source).to_owned()));
    }
    found
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

#[test]
fn what_is_copied_is_there_and_all_that_may_be_sent() {
    let copied = copied();
    for path in &copied {
        assert!(source::root().join(path).exists(), "{path}");
    }
    let ignore = source::page(".dockerignore");
    let rules: Vec<&str> = ignore.lines().filter(|line| !line.starts_with('#')).collect();
    let (first, rest) = rules.split_first().unwrap();
    assert_eq!(*first, "*", "everything is left out that is not named");
    let sent: BTreeSet<String> = rest.iter().map(|rule| rule.strip_prefix('!').unwrap().to_owned()).collect();
    assert_eq!(sent, copied);
}

#[test]
fn cargo_and_the_compiler_find_all_their_files_in_what_is_copied() {
    let dir = tempfile::tempdir().unwrap();
    for path in copied() {
        copy(&source::root().join(&path), &dir.path().join(&path));
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--locked", "--offline", "--format-version", "1"]).current_dir(dir.path());
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (file, code) in source::sources() {
        for (at, macro_name) in code.match_indices("include_str!(").chain(code.match_indices("include_bytes!(")) {
            let (_, rest) = code.split_at(at + macro_name.len());
            let name = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()).unwrap();
            let path = dir.path().join(&file).with_file_name(name);
            assert!(path.exists(), "{file} includes {name}, which is not copied");
        }
    }
}

#[test]
fn nothing_secret_gets_in() {
    assert_eq!(all("ADD"), Vec::<String>::new(), "ADD may fetch and unpack");
    for (instruction, rest) in instructions() {
        let words = rest.to_ascii_lowercase();
        for secret in ["secret", "password", "token", "iris.key", "kubeconfig", ".kube", ".git"] {
            assert!(!words.contains(secret), "{instruction} {rest}");
        }
    }
    for from in all("FROM") {
        let image = from.split(' ').next().unwrap();
        assert!(!image.contains('/'), "{from}: the builder chooses where images come from");
    }
}

#[test]
fn the_last_stage_is_a_binary_and_a_number() {
    let stages = all("FROM");
    assert_eq!(stages.last().map(String::as_str), Some("scratch"));
    let uid: u32 = only("USER").split(':').next().unwrap().parse().expect("runAsNonRoot can only check a number");
    assert!(uid != 0 && uid != 51773, "{uid}");
    assert_eq!(only("ENTRYPOINT"), r#"["/iriskit"]"#, "the sidecar's arguments follow it");
    let copied = all("COPY").into_iter().find(|rest| rest.starts_with("--from=build ")).unwrap();
    assert!(copied.ends_with("/target/release/iriskit /iriskit"), "{copied}");
}

#[test]
fn its_rust_is_the_one_that_the_readme_asks_for() {
    let rust = only("ARG");
    let version = rust.strip_prefix("RUST=").unwrap();
    assert!(source::page("README.md").contains(&format!("Rust {version}")), "{version}");
    let manifest = source::page("Cargo.toml");
    let floor = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.split('"').next()).unwrap();
    let number = |text: &str| -> Vec<u32> { text.split('.').map(|part| part.parse().unwrap()).collect() };
    assert!(number(version) >= number(floor), "{version} is older than {floor}");
}

/// The container of the rendered pods, without the parts that the kubelet secret_values.
fn sidecar(env: &Env, args: &[&str]) -> serde_json::Value {
    let output = env.iriskit(&[&["render", "mirrored.yaml"], args].concat()).success();
    let documents = output.split("\n---\n").map(|text| serde_yaml::from_str::<serde_json::Value>(text).unwrap());
    let set = documents
        .filter(|object| object["kind"] == "StatefulSet")
        .find(|set| set["metadata"]["name"] == "mirrored-data-0")
        .expect("the data nodes are rendered");
    let containers = set["spec"]["template"]["spec"]["initContainers"].as_array().expect("there are sidecars").clone();
    containers.into_iter().find(|container| container["name"] == "mirror-labeler").expect("the labeler is there")
}

fn mirrored(annotation: Option<&str>) -> Env {
    let env = Env::new();
    let text = source::page("examples/mirrored.yaml");
    let lines = text.lines().filter(|line| !line.contains("iriskit/labeler-image") && *line != "  annotations:");
    let mut text = lines.collect::<Vec<_>>().join("\n");
    if let Some(image) = annotation {
        let name = "metadata:\n  name: mirrored\n";
        text = text.replacen(name, &format!("{name}  annotations: {{iriskit/labeler-image: \"{image}\"}}\n"), 1);
    }
    env.write("mirrored.yaml", &text);
    env
}

#[test]
fn the_sidecar_gives_arguments_and_variables_that_the_binary_takes() {
    let mut env = mirrored(Some("labeler:1"));
    let container = sidecar(&env, &[]);
    let args: Vec<&str> = container["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
    assert_eq!(serde_json::to_string(&args).unwrap(), only("CMD"), "started bare, the image does the same");
    assert_eq!(container.get("command"), None, "the entry point is the binary");
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["securityContext"]["runAsNonRoot"], true);
    for variable in container["env"].as_array().unwrap() {
        env.set(variable["name"].as_str().unwrap(), "x");
    }
    // Arguments are complete: what is missing is the cluster.
    let output = env.iriskit(&args);
    assert!(output.code == Some(1) && output.stderr.contains("[no-cluster]"), "{output}");
    let help = env.iriskit(&["mirror-labeler", "--help"]).success();
    let mounted = container["volumeMounts"][0]["mountPath"].as_str().unwrap();
    assert!(help.contains(mounted), "{mounted} is where it looks: {help}");
}

#[test]
fn the_labelers_image_is_named_in_the_order_that_the_page_says() {
    let mut env = mirrored(Some("annotation:1"));
    assert_eq!(sidecar(&env, &[])["image"], "annotation:1");
    env.set("IRISKIT_LABELER_IMAGE", "variable:1");
    assert_eq!(sidecar(&env, &[])["image"], "variable:1");
    assert_eq!(sidecar(&env, &["--labeler-image", "flag:1"])["image"], "flag:1");
}
