//! Databases and namespaces of IRIS, and the hash of its passwords: what becomes text of a CPF must fit into one line.

use super::super::IrisCluster;
use crate::diagnostic::{Diagnostic, DiagnosticId};

/// The longest name of a database.
const LONGEST: usize = 64;

pub(super) fn check(cluster: &IrisCluster, found: &mut Vec<Diagnostic>) {
    let data = &cluster.topology.data;
    let place = "spec.topology.data";
    for (at, database) in data.iris_databases.iter().enumerate() {
        let path = format!("{place}.irisDatabases[{at}]");
        name(cluster, &database.name, &format!("{path}.name"), found);
        if let Some(directory) = database.directory.as_deref().filter(|directory| !is_directory(directory)) {
            let message = format!("`{directory}` is no directory that a CPF can name");
            let help = "write an absolute path without commas, quotes, spaces and line breaks";
            found.push(bad(cluster, &format!("{path}.directory"), message, help));
        }
        if database.mirrored && !data.mirrored {
            let path = format!("{path}.mirrored");
            let message = format!("`{path}` has no effect: the data nodes are not mirrored");
            found.push(Diagnostic::warning(DiagnosticId::NoEffect, message).at(cluster.sources.nearest(&path), ""));
        }
        if !database.mirrored && data.mirrored && cluster.topology.compute.is_some() && data.shards.is_none() {
            let message = format!(
                "database `{}` is not in the mirror, so compute nodes can't follow it to the primary",
                database.name
            );
            let path = format!("{path}.mirrored");
            found.push(not_yet(cluster, &path, message, "set `mirrored: true` of the database"));
        }
    }
    for (at, namespace) in data.iris_namespaces.iter().enumerate() {
        let path = format!("{place}.irisNamespaces[{at}]");
        let databases = [("globals", &namespace.globals), ("routines", &namespace.routines)];
        name(cluster, &namespace.name, &format!("{path}.name"), found);
        for (field, database) in databases.into_iter().filter_map(|(field, database)| Some((field, database.as_ref()?)))
        {
            name(cluster, database, &format!("{path}.{field}"), found);
        }
    }
    let added =
        [("irisDatabases", data.iris_databases.is_empty()), ("irisNamespaces", data.iris_namespaces.is_empty())];
    for (field, _) in added.into_iter().filter(|(_, is_empty)| !is_empty && data.shards.is_some()) {
        let message = format!("`{field}` of a sharded cluster are not expanded yet");
        found.push(not_yet(cluster, &format!("{place}.{field}"), message, "create them on the nodes of the cluster"));
    }
    if let Some(hash) = cluster.password_hash.as_deref().filter(|hash| !is_hash(hash)) {
        let length = hash.chars().count();
        let message = format!("these {length} characters are no password hash");
        found.push(bad(
            cluster,
            "spec.passwordHash",
            message,
            "write `HASH,SALT` or `HASH,SALT,WORK_FACTOR,ALGORITHM`",
        ));
    }
}

/// A letter, `_` or `%` first, then letters, digits, `_` and `-`.
fn name(cluster: &IrisCluster, name: &str, path: &str, found: &mut Vec<Diagnostic>) {
    let first = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic() || "_%".contains(first));
    let rest = name.chars().skip(1).all(|other| other.is_ascii_alphanumeric() || "_-".contains(other));
    if !first || !rest || name.len() > LONGEST {
        let message = format!("`{name}` is no name of a database or namespace of IRIS");
        let help = "up to 64 letters, digits, `_` and `-`, of which the first is a letter, `_` or `%`";
        found.push(bad(cluster, path, message, help));
    }
}

fn is_directory(text: &str) -> bool {
    text.starts_with('/')
        && !text.chars().any(|each| each.is_control() || each.is_whitespace() || ",\"'".contains(each))
}

fn is_hash(text: &str) -> bool {
    text.contains(',') && text.chars().all(|each| each.is_ascii_alphanumeric() || ",+/=_-".contains(each))
}

fn bad(cluster: &IrisCluster, path: &str, message: String, help: &str) -> Diagnostic {
    Diagnostic::error(DiagnosticId::BadValue, message).at(cluster.sources.nearest(path), "").help(help)
}

fn not_yet(cluster: &IrisCluster, path: &str, message: String, help: &str) -> Diagnostic {
    Diagnostic::error(DiagnosticId::NotExpandedYet, message).at(cluster.sources.nearest(path), "").help(help)
}
