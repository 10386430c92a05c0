//! What a cluster would consist of, if it were planned from something else.

use std::collections::BTreeMap;

use iriskit_kubernetes::schema::table;
use serde_json::Value;

use crate::{
    diff::Applied,
    expand::{Inputs, expand},
    manifest::{Input, read},
    topology::IrisCluster,
};

/// Objects by address, each with the hashes of its fields.
pub(super) type World = BTreeMap<String, Applied>;

/// What the cluster consists of.
pub(super) fn world(cluster: &IrisCluster, inputs: &Inputs) -> World {
    let objects = expand(cluster, inputs).objects.into_iter();
    let known = objects.filter_map(|desired| {
        let kind = table().kind(&desired.object.api_version, &desired.object.kind)?;
        Some((desired.object.address(), Applied::of(kind, &desired.value)))
    });
    known.collect()
}

/// A cluster as another manifest has it, and whether it is whole; what is wrong in it may have left gaps.
pub(super) fn reread(manifest: &Value, namespace: &str) -> Option<(IrisCluster, bool)> {
    let input = Input { name: "the last apply".to_owned(), text: manifest.to_string() };
    let mut reading = read(std::slice::from_ref(&input), namespace);
    let is_whole = !reading.has_errors();
    Some((reading.clusters.pop()?, is_whole))
}
