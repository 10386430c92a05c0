//! Which packages each crate may depend on. The lists are exact: a new dependency is a decision.

use std::collections::BTreeSet;

use super::packages::packages;

const ALLOWED: [(&str, &[&str]); 5] = [
    // Formats that outlive a run: no room of the program, no Kubernetes client, no terminal.
    ("iriskit-state", &["ring", "schemars", "serde", "serde_json", "thiserror"]),
    // Knowledge of Kubernetes without a client: no IRIS, nothing that asks or waits.
    ("iriskit-kubernetes", &["base64", "jiff", "serde", "serde_json", "thiserror"]),
    // Pure functions: no client, no runtime, no terminal.
    (
        "iriskit-core",
        &[
            "base64",
            "iriskit-kubernetes",
            "iriskit-state",
            "jiff",
            "ring",
            "serde",
            "serde-saphyr",
            "serde_json",
            "strsim",
            "thiserror",
        ],
    ),
    // A server: it knows nothing of plans, and no client.
    (
        "iriskit-sandbox",
        &[
            "base64",
            "bytes",
            "futures",
            "http",
            "http-body",
            "iriskit-kubernetes",
            "iriskit-state",
            "jiff",
            "json-patch",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tracing",
            "yaml_serde",
        ],
    ),
    (
        "iriskit",
        &[
            "annotate-snippets",
            "base64",
            "bytes",
            "clap",
            "console",
            "futures",
            "http",
            "http-body",
            "http-body-util",
            "hyper-rustls",
            "hyper-util",
            "indicatif",
            "iriskit-core",
            "iriskit-kubernetes",
            "iriskit-sandbox",
            "iriskit-state",
            "jiff",
            "k8s-openapi",
            "kube",
            "serde_json",
            "similar",
            "thiserror",
            "tokio",
            "tower",
            "tracing",
            "tracing-subscriber",
            "yaml_serde",
        ],
    ),
];

#[test]
fn crates_depend_on_what_their_layer_may_know() {
    let packages = packages();
    let known: BTreeSet<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    let all: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(all, known, "every crate of the workspace has its list here");

    let mut differences = Vec::new();
    for (name, allowed) in ALLOWED {
        let package = packages.iter().find(|package| package.name == name).unwrap();
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let used: BTreeSet<&str> = package.dependencies.iter().map(String::as_str).collect();
        differences.extend(used.difference(&allowed).map(|other| format!("{name} must not depend on {other}")));
        differences
            .extend(allowed.difference(&used).map(|other| format!("{name} no longer depends on {other}: strike it")));
    }
    assert_eq!(differences, Vec::<String>::new());
}
