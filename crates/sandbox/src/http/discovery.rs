//! What the server has: versions, groups, resources.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::served;
use iriskit_kubernetes::schema::{Kind, table};

/// `/version`.
pub(super) fn version() -> Value {
    let full = table().kubernetes();
    let mut numbers = full.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next().unwrap_or("1"), numbers.next().unwrap_or("0"));
    json!({
        "major": major,
        "minor": minor,
        "gitVersion": format!("{full}+iriskit-sandbox"),
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "",
    })
}

/// `/api`.
pub(super) fn core_versions() -> Value {
    json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
}

/// `/apis`.
pub(super) fn groups() -> Value {
    let names: BTreeSet<&str> = served::kinds().map(|kind| kind.group).filter(|group| !group.is_empty()).collect();
    let groups: Vec<Value> = names.into_iter().filter_map(group).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/GROUP`.
pub(super) fn group(name: &str) -> Option<Value> {
    let versions: BTreeSet<&str> = served::kinds().filter(|kind| kind.group == name).map(|kind| kind.version).collect();
    let entry = |version: &&str| json!({"groupVersion": format!("{name}/{version}"), "version": version});
    let preferred = versions.iter().next().map(entry)?;
    Some(json!({
        "kind": "APIGroup",
        "apiVersion": "v1",
        "name": name,
        "versions": versions.iter().map(entry).collect::<Vec<_>>(),
        "preferredVersion": preferred,
    }))
}

/// `/api/v1`, `/apis/GROUP/VERSION`; `None` when there is nothing in it.
pub(super) fn resources(group: &str, version: &str) -> Option<Value> {
    let kinds: Vec<&Kind> = served::kinds().filter(|kind| kind.group == group && kind.version == version).collect();
    let api_version = kinds.first()?.api_version;
    let verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    let mut resources = Vec::new();
    for kind in kinds {
        let entry = |name: String, verbs: &[&str]| {
            json!({
                "name": name,
                "singularName": kind.kind.to_lowercase(),
                "namespaced": kind.namespaced,
                "kind": kind.kind,
                "verbs": verbs,
            })
        };
        if kind.kind == "SelfSubjectAccessReview" {
            resources.push(entry(kind.plural.to_owned(), &["create"]));
            continue;
        }
        resources.push(entry(kind.plural.to_owned(), &verbs));
        if matches!(kind.kind, "StatefulSet" | "Pod" | "Service" | "PersistentVolumeClaim" | "Ingress" | "Namespace") {
            resources.push(entry(format!("{}/status", kind.plural), &["get", "patch", "update"]));
        }
    }
    Some(json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": resources}))
}
