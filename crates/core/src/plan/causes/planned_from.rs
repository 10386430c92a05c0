//! What the record keeps of a manifest.

use std::collections::BTreeMap;

use iriskit_state::plan::PlannedFrom;
use serde_json::{Map, Value};

use crate::{
    diff::{MASK, replaced},
    expand::{ConfigTexts, Inputs, labeler_image},
    topology::IrisCluster,
};

/// A record is one object of at most 1 MiB, with much else in it.
const LONGEST: usize = 64 * 1024;
/// Members of the metadata that say something of the cluster.
const METADATA: [&str; 4] = ["name", "namespace", "labels", "annotations"];
/// What kubectl keeps there for itself.
const KUBECTLS: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What a cluster is planned from, without secret values.
pub(crate) fn planned_from(cluster: &IrisCluster, inputs: &Inputs) -> PlannedFrom {
    let manifest = replaced(&said(cluster), |_, _| Value::from(MASK));
    let config = inputs.config.as_ref().map(texts_without_secrets).unwrap_or_default();
    let length = manifest.to_string().len() + config.values().map(String::len).sum::<usize>();
    let labeler_image = labeler_image(cluster, inputs).filter(|_| cluster.topology.data.mirrored);
    if length > LONGEST {
        return PlannedFrom { labeler_image, ..PlannedFrom::default() };
    }
    PlannedFrom { labeler_image, manifest, config }
}

/// The manifest without what servers and tools add.
pub(super) fn said(cluster: &IrisCluster) -> Value {
    let mut said = Map::new();
    for name in ["apiVersion", "kind", "metadata", "spec"] {
        if let Some(member) = cluster.manifest.get(name) {
            said.insert(name.to_owned(), member.clone());
        }
    }
    if let Some(metadata) = said.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|name, _| METADATA.contains(&name.as_str()));
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove(KUBECTLS);
        }
    }
    Value::Object(said)
}

/// The texts as they stand in a ConfigMap, without their secrets.
fn texts_without_secrets(texts: &ConfigTexts) -> BTreeMap<String, String> {
    let map = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "data": texts.by_key()});
    let data = replaced(&map, |_, _| Value::from(MASK));
    let data = data.get("data").and_then(Value::as_object).cloned().unwrap_or_default();
    data.into_iter().filter_map(|(key, text)| Some((key, text.as_str()?.to_owned()))).collect()
}
