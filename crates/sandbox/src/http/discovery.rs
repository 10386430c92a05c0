//! What the server has: versions, groups, resources.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    registry::{Registry, Served},
    verb::Verb,
};
use iriskit_kubernetes::schema::table;

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
pub(super) fn groups(registry: &Registry) -> Value {
    let names = registry.all().map(|served| served.kind.group).filter(|group| !group.is_empty());
    let names: BTreeSet<&str> = names.collect();
    let groups: Vec<Value> = names.into_iter().filter_map(|name| group(registry, name)).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/GROUP`.
pub(super) fn group(registry: &Registry, name: &str) -> Option<Value> {
    let versions = registry.all().filter(|served| served.kind.group == name).map(|served| served.kind.version);
    let versions: BTreeSet<&str> = versions.collect();
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
pub(super) fn resources(registry: &Registry, group: &str, version: &str) -> Option<Value> {
    let all: Vec<Served> =
        registry.all().filter(|Served { kind, .. }| kind.group == group && kind.version == version).collect();
    let api_version = all.first()?.kind.api_version;
    let mut resources = Vec::new();
    for Served { kind, strategy } in all {
        let entry = |name: String, verbs: &[Verb]| {
            json!({
                "name": name,
                "singularName": kind.kind.to_lowercase(),
                "namespaced": kind.namespaced,
                "kind": kind.kind,
                "verbs": verbs.iter().map(|verb| verb.name()).collect::<Vec<_>>(),
            })
        };
        resources.push(entry(kind.plural.to_owned(), strategy.verbs()));
        if strategy.has_status() {
            resources.push(entry(format!("{}/status", kind.plural), &[Verb::Get, Verb::Patch, Verb::Update]));
        }
    }
    Some(json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": resources}))
}
