//! Whatever text iriskit is given, it reads it or says what is wrong: it never panics, never hangs and never prints a control
//! character of it. Texts are made from those that the tests have, by random cuts, copies and insertions.
//!
//! `cargo test` tries a few hundred of each; `IRISKIT_FUZZ_COUNT=1000000 cargo test --release --test fuzz` many more. The seed of
//! a run is fixed, or `IRISKIT_FUZZ_SEED`.

#![cfg(test)]

mod mutation;

use std::{
    env, fs,
    panic::catch_unwind,
    path::Path,
    process,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use iriskit::{
    cluster::{ConnectOptions, configured},
    ui::Look,
    view::{Message, diagnostics, message, plan_text},
};
use iriskit_core::{
    manifest::{self, Input},
    plan::{planner, preflight::Purpose},
};
use iriskit_state::{
    is_harmful,
    lock::LockHolder,
    plan::{self, Plan},
    record::Record,
    sandbox::SandboxState,
    snapshot::Snapshot,
};
use mutation::Mutation;
use serde_json::Value;

/// No text of this size takes longer, whatever the machine does besides.
const AT_MOST: Duration = Duration::from_secs(20);

#[test]
fn manifests() {
    let texts = files(&["examples", "tests/broken"], ".yaml");
    try_all(&texts, |text| {
        let inputs = [Input { name: "fuzz.yaml".into(), text: text.to_owned() }];
        let reading = manifest::read(&inputs, "default");
        let said = diagnostics::render(&reading.diagnostics, &inputs, false, 100);
        is_clean(&said);
        if !reading.has_errors() {
            let _ = planner::roles(&reading, Some("example/labeler:1"), Purpose::Apply, "r");
        }
    });
}

#[test]
fn plan_files() {
    let texts = files(&["state/fixtures"], "plan-1");
    try_all(&texts, |text| {
        let _ = plan::read(text).map_err(|error| is_told_clean(&error));
        // Somebody may seal what he changed.
        let Ok(plan) = serde_json::from_str::<Plan>(text) else { return };
        is_clean(&plan_text(&plan, &Look::plain(100)));
    });
}

/// Documents of the right shape with other values in them.
#[test]
fn plans_with_other_values() {
    let documents: Vec<Value> =
        files(&["state/fixtures"], "plan-1").iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let texts: Vec<String> = documents.iter().map(ToString::to_string).collect();
    let mut made = 0_u64;
    let count = count();
    let mut mutation = Mutation::new(seed() ^ 1, &texts);
    for _ in 0..count {
        let document = mutation.value(&documents);
        let Ok(plan) = serde_json::from_value::<Plan>(document.clone()) else { continue };
        made += 1;
        let what = document.to_string();
        let shown = within(AT_MOST, &what, || catch_unwind(|| is_clean(&plan_text(&plan, &Look::plain(100)))));
        assert!(shown.is_ok(), "{what}");
    }
    assert!(made > 0, "none of {count} documents was a plan");
}

#[test]
fn records() {
    try_all(&files(&["state/fixtures"], "record-"), |text| {
        let _ = Record::parse(text).map_err(|error| is_told_clean(&error));
    });
}

#[test]
fn snapshots_sandboxes_and_locks() {
    let mut texts = files(&["state/fixtures"], "snapshot-");
    texts.extend(files(&["state/fixtures"], "sandbox-"));
    texts.extend(files(&["state/fixtures"], "lock-"));
    try_all(&texts, |text| {
        let _ = Snapshot::parse(text).map_err(|error| is_told_clean(&error));
        let _ = SandboxState::parse(text).map_err(|error| is_told_clean(&error));
        let _ = LockHolder::parse(text).map_err(|error| is_told_clean(&error));
    });
}

#[test]
fn kubeconfigs() {
    const KUBECONFIG: &str = "apiVersion: v1\nkind: Config\ncurrent-context: a\nusers: [{name: u, user: {token: fuzz-canary}}]\n\
        clusters: [{name: k, cluster: {server: 'https://127.0.0.1:1', certificate-authority-data: Zm9v}}]\n\
        contexts: [{name: a, context: {cluster: k, user: u, namespace: team}}]\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    try_all(&[KUBECONFIG.to_owned()], |text| {
        fs::write(&file, text).unwrap();
        let options = ConnectOptions { kubeconfig: Some(file.clone()), ..ConnectOptions::default() };
        if let Err(error) = runtime.block_on(configured(&options)) {
            let said = error.to_string();
            // Elsewhere it is a name like any other.
            let is_token = text.matches("fuzz-canary").count() == 1 && text.contains("token: fuzz-canary");
            assert!(!is_token || !said.contains("fuzz-canary"), "a token is told: {said}");
            is_told_clean(&said);
        }
    });
}

/// Feeds texts made of `texts`; what panics or takes too long is printed.
fn try_all(texts: &[String], feed: impl Fn(&str)) {
    assert!(!texts.is_empty());
    let mut mutation = Mutation::new(seed(), texts);
    for number in 0..count() {
        let text = mutation.text();
        let what = format!("text {number} of seed {}: {text:?}", seed());
        let result = within(AT_MOST, &what, || catch_unwind(std::panic::AssertUnwindSafe(|| feed(&text))));
        assert!(result.is_ok(), "{what}");
    }
}

/// Does it, and ends everything with a word when it does not come to its end: who hangs can't be stopped otherwise.
fn within<T>(limit: Duration, what: &str, act: impl FnOnce() -> T) -> T {
    let (ended, end) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            if end.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                eprintln!("still at it after {limit:?}: {what}");
                process::abort();
            }
        });
        let done = act();
        drop(ended);
        done
    })
}

/// What a terminal is shown has no control characters, and none that turn the direction of writing.
fn is_clean(text: &str) {
    assert!(!text.contains(|found| found != '\n' && is_harmful(found)), "{text:?}");
}

/// An error, as the commands tell it.
fn is_told_clean(error: &impl ToString) {
    let told = Message { id: "fuzz".to_owned(), text: error.to_string(), ..Message::default() };
    let told = message(&told, &Look::plain(100));
    is_clean(&told);
    assert!(told.starts_with("error[fuzz]: "), "{told}");
}

fn count() -> u64 {
    env::var("IRISKIT_FUZZ_COUNT").map_or(300, |count| count.parse().expect("a number"))
}

fn seed() -> u64 {
    env::var("IRISKIT_FUZZ_SEED").map_or(20_261_129, |seed| seed.parse().expect("a number"))
}

/// The texts of files in these folders whose name contains `part`, by name.
fn files(folders: &[&str], part: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for folder in folders {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        paths.extend(fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    }
    paths.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains(part)));
    paths.sort();
    paths.into_iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
}
