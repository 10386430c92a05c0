//! Volumes and their mounts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::IrisCluster;
use crate::diagnostic::{Diagnostic, DiagnosticId};

/// Volumes that data and compute pods have by themselves.
const PREDEFINED: [&str; 11] = [
    "cpf",
    "iris-data",
    "iris-journal1",
    "iris-journal2",
    "iris-wij",
    "labeler-token",
    "license",
    "status",
    "webgateway-composed",
    "webgateway-login",
    "webgateway-staged",
];
/// Directories that are mounted already.
const PREDEFINED_PATHS: [&str; 4] = ["/irissys/data", "/irissys/journal1", "/irissys/journal2", "/irissys/wij"];

pub(super) fn check(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) {
    one_or_four(cluster, found);
    let volumes = declared(cluster, found);
    let mut mounted = BTreeSet::new();
    let nodes = [
        ("data", Some(&cluster.topology.data.iris.volume_mounts)),
        ("compute", cluster.topology.compute.as_ref().map(|compute| &compute.iris.volume_mounts)),
    ];
    for (node, mounts) in nodes {
        for (at, mount) in mounts.into_iter().flatten().enumerate() {
            let path = format!("spec.topology.{node}.volumeMounts[{at}]");
            if let Some(name) = name_of(mount) {
                mounted.insert(name.to_owned());
                if !volumes.contains_key(name) {
                    found.push(unknown(cluster, name, &format!("{path}.name"), &volumes));
                }
            }
            if let Some(directory) = mount.get("mountPath").and_then(Value::as_str) {
                reserved(cluster, directory, &format!("{path}.mountPath"), found);
            }
        }
    }
    for (name, path) in volumes.iter().filter(|(name, _)| !mounted.contains(*name)) {
        found.push(
            Diagnostic::warning(
                DiagnosticId::UnusedVolume,
                format!("volume `{name}` is mounted by no node and won't be made"),
            )
            .at(cluster.sources.nearest(path), "mount it by `volumeMounts` of `data` or `compute`"),
        );
    }
}

/// The single volume of IKO 2 holds everything, so there is none of the four beside it.
fn one_or_four(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) {
    let nodes = [
        ("data", Some(&cluster.topology.data.iris.storage)),
        ("compute", cluster.topology.compute.as_ref().map(|compute| &compute.iris.storage)),
    ];
    for (node, storage) in nodes.into_iter().filter_map(|(node, storage)| Some((node, storage?))) {
        let four = [
            ("storageDB", &storage.db),
            ("storageWIJ", &storage.wij),
            ("storageJournal1", &storage.journal1),
            ("storageJournal2", &storage.journal2),
        ];
        let Some((beside, _)) = four.into_iter().find(|(_, claim)| claim.is_some() && storage.single.is_some()) else {
            continue;
        };
        let place = |field: &str| cluster.sources.nearest(&format!("spec.topology.{node}.{field}"));
        found.push(
            Diagnostic::error(
                DiagnosticId::BadValue,
                format!("`storage` is one volume for everything, and `{beside}` another"),
            )
            .at(place("storage"), "one volume")
            .at(place(beside), "another")
            .help("give `storage`, or the four `storageDB`, `storageWIJ`, `storageJournal1` and `storageJournal2`"),
        );
    }
}

/// The names of declared volumes and where each stands.
fn declared(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) -> BTreeMap<String, String> {
    let plain = cluster.volumes.iter().enumerate();
    let plain = plain.filter_map(|(at, volume)| Some((name_of(volume)?, format!("spec.volumes[{at}].name"))));
    let claims = cluster.volume_claim_templates.iter().enumerate();
    let claims =
        claims.map(|(at, claim)| (claim.name.as_str(), format!("spec.volumeClaimTemplates[{at}].metadata.name")));
    let mut declared: BTreeMap<String, String> = BTreeMap::new();
    for (name, path) in plain.chain(claims) {
        let here = cluster.sources.nearest(&path);
        if PREDEFINED.contains(&name) {
            let message = format!("volume `{name}` is one that iriskit adds to the pods itself");
            found.push(Diagnostic::error(DiagnosticId::DuplicateVolume, message).at(here, "choose another name"));
        } else if let Some(first) = declared.get(name) {
            found.push(
                Diagnostic::error(DiagnosticId::DuplicateVolume, format!("volume `{name}` is declared twice"))
                    .at(here, "again here")
                    .at(cluster.sources.nearest(first), "first here"),
            );
            continue;
        }
        declared.insert(name.to_owned(), path);
    }
    declared
}

fn unknown(cluster: &IrisCluster, name: &str, path: &str, volumes: &BTreeMap<String, String>) -> Diagnostic {
    let near = volumes.keys().find(|volume| strsim::damerau_levenshtein(volume, name) <= 2);
    let label = near.map(|volume| format!("did you mean `{volume}`?")).unwrap_or_default();
    Diagnostic::error(DiagnosticId::UnknownVolume, format!("no volume is called `{name}`"))
        .at(cluster.sources.nearest(path), label)
        .help("volumes are declared in `spec.volumes` and `spec.volumeClaimTemplates`")
}

fn reserved(cluster: &IrisCluster, directory: &str, path: &str, found: &mut Vec<Diagnostic>) {
    let bare = directory.trim_end_matches('/');
    if PREDEFINED_PATHS.contains(&bare) || bare == "/iriskit" || bare.starts_with("/iriskit/") || bare == "/irissys" {
        found.push(
            Diagnostic::error(DiagnosticId::ReservedPath, format!("`{directory}` is used by the pod itself"))
                .at(cluster.sources.nearest(path), "choose another directory"),
        );
    }
}

fn name_of(volume: &Value) -> Option<&str> {
    volume.get("name").and_then(Value::as_str)
}
