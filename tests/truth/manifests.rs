//! The manifests as they are at a moment of a scenario.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::scenario::Edit;

/// IrisClusters, and what stands beside them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Manifests {
    clusters: Vec<Value>,
    companions: BTreeMap<&'static str, Value>,
    /// What the storage class `own` is called.
    class: String,
}

impl Manifests {
    /// One stand-alone data node, the least there is.
    pub(crate) fn new(class: String) -> Self {
        Self { clusters: vec![cluster("a")], companions: BTreeMap::new(), class }
    }

    pub(crate) fn edit(&mut self, edit: &Edit) {
        match edit {
            Edit::AddCluster => self.clusters.push(cluster("b")),
            Edit::Set(at, pointer, value) => self.set(*at, pointer, value.clone()),
            Edit::Remove(at, pointer) => {
                let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
                let cluster = self.clusters.get_mut(*at).and_then(|cluster| cluster.pointer_mut(parent));
                if let Some(members) = cluster.and_then(Value::as_object_mut) {
                    members.remove(name);
                }
            }
            Edit::Companion(name, Some(value)) => {
                let mut value = value.clone();
                let owner = "/metadata/annotations/iriskit~1cluster";
                if value.pointer(owner).is_none() {
                    set(&mut value, owner, json!("a"));
                }
                self.companions.insert(name, value);
            }
            Edit::Companion(name, None) => {
                self.companions.remove(name);
            }
        }
    }

    /// Sets a field of a cluster, where it has such nodes.
    pub(crate) fn set(&mut self, at: usize, pointer: &str, value: Value) {
        if let Some(cluster) = self.clusters.get_mut(at).filter(|cluster| has_nodes_of(cluster, pointer)) {
            set(cluster, pointer, value);
        }
    }

    /// The names of the clusters.
    pub(crate) fn names(&self) -> Vec<String> {
        self.clusters.iter().map(|cluster| cluster["metadata"]["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// The text of a file.
    pub(crate) fn text(&self) -> String {
        let documents: Vec<String> =
            self.clusters.iter().chain(self.companions.values()).map(Value::to_string).collect();
        documents
            .join("\n---\n")
            .replace("\"storageClassName\":\"own\"", &format!("\"storageClassName\":\"{}\"", self.class))
    }
}

fn cluster(name: &str) -> Value {
    json!({
        "apiVersion": "intersystems.com/v1alpha1",
        "kind": "IrisCluster",
        "metadata": {"name": name},
        "spec": {"topology": {"data": {
            "image": "containers.intersystems.com/intersystems/iris:2024.1",
            "compatibilityVersion": "2024.1.0",
        }}},
    })
}

/// Whether the nodes in whose field a pointer leads are there.
fn has_nodes_of(cluster: &Value, pointer: &str) -> bool {
    let parts: Vec<&str> = pointer.split('/').collect();
    (4..parts.len()).all(|end| {
        let node = parts[..end].join("/");
        let is_node = parts[2] == "topology" && (end == 4 || end == 5 && parts[4] == "webgateway");
        !is_node || cluster.pointer(&node).is_some()
    })
}

/// Sets a value, making the objects on the way.
fn set(value: &mut Value, pointer: &str, new: Value) {
    let mut here = value;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/");
        if !here.is_object() {
            *here = Value::Object(Map::new());
        }
        here = here.as_object_mut().expect("just made").entry(part).or_insert(Value::Null);
    }
    *here = new;
}
