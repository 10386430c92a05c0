//! IrisClusters that were applied before and are not in the input: noted, never deleted.

use std::collections::BTreeSet;

use iriskit_state::{
    plan::{Note, NoteId, Severity},
    record::Record,
};

use crate::plan::{live::Live, ownership::applyset};
use iriskit_kubernetes::views::ConfigMap;

/// A note for each cluster of these namespaces that has objects and is not among `input` (namespace and name).
pub(crate) fn absent(input: &BTreeSet<(&str, &str)>, namespaces: &BTreeSet<String>, live: &Live) -> Vec<Note> {
    let mut notes = Vec::new();
    for namespace in namespaces {
        for map in live.of_kind("ConfigMap", namespace).map(ConfigMap::new) {
            let Some(name) = owner(namespace, map) else { continue };
            if input.contains(&(namespace.as_str(), name)) || !has_objects(map) {
                continue;
            }
            notes.push(Note {
                severity: Severity::Note,
                id: NoteId::AbsentCluster,
                message: format!(
                    "IrisCluster {name} of namespace {namespace} is not among the manifests and is left as it is"
                ),
                address: None,
                source: None,
                help: Some(format!("to remove it: iriskit destroy {name} --namespace {namespace}")),
            });
        }
    }
    notes
}

/// The cluster whose record a ConfigMap is.
pub(crate) fn owner<'a>(namespace: &str, map: ConfigMap<'a>) -> Option<&'a str> {
    let name = map.name().strip_suffix("-iriskit")?;
    (map.label(applyset::ID)? == applyset::id(namespace, name)).then_some(name)
}

/// Whether anything is there: after a destroy the record stays for the volumes alone.
fn has_objects(map: ConfigMap<'_>) -> bool {
    let record = map.text("record.json").map(Record::parse);
    record.is_some_and(|record| record.map_or(true, |record| !record.objects.is_empty()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn map(name: &str, id: &str, objects: &Value) -> Value {
        let record = json!({"format_version": "1.0", "objects": objects, "plans": {}}).to_string();
        json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "n", "labels": {applyset::ID: id}}, "data": {"record.json": record}})
    }

    #[test]
    fn only_clusters_with_objects_and_a_true_record_are_noted() {
        let service = json!([{"api_version": "v1", "kind": "Service", "namespace": "n", "name": "s"}]);
        let mut live = Live::default();
        for (name, id, objects) in [
            ("given-iriskit", applyset::id("n", "given"), &service),
            ("other-iriskit", applyset::id("n", "other"), &service),
            ("gone-iriskit", applyset::id("n", "gone"), &json!([])),
            ("copied-iriskit", applyset::id("n", "other"), &service),
            ("settings", String::new(), &service),
        ] {
            live.insert(map(name, &id, objects));
        }
        let notes = absent(&BTreeSet::from([("n", "given")]), &BTreeSet::from(["n".to_owned()]), &live);
        let messages: Vec<_> = notes.iter().map(|note| note.message.as_str()).collect();
        assert_eq!(messages, ["IrisCluster other of namespace n is not among the manifests and is left as it is"]);
    }
}
