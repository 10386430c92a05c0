//! The parts of a new cluster.

use serde_json::{Value, json};

use super::{
    companions::{companion, cpf},
    storage,
};
use crate::{random::Random, scenario::Edit};

pub(crate) fn image(name: &str, tag: &str) -> Value {
    json!(format!("containers.intersystems.com/intersystems/{name}:{tag}"))
}

pub(crate) fn gateway() -> Value {
    json!({"image": image("webgateway", "2024.1"), "applicationPaths": ["/csp/sys"],
        "loginSecret": {"name": "login"}})
}

/// The parts of a new cluster.
pub(crate) fn topology(random: &mut Random, clusters: usize, cluster: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    if random.below(3) > 0 {
        edits.push(Edit::Set(cluster, "/spec/topology/data/mirrored", json!(true)));
        edits.push(Edit::Set(cluster, "/spec/topology/arbiter", json!({"image": image("arbiter", "2024.1")})));
    }
    if random.once_in(2) {
        let mut nodes = json!({"image": image("iris", "2024.1"), "compatibilityVersion": "2024.1.0"});
        nodes["replicas"] = json!(1 + random.below(2));
        edits.push(Edit::Set(cluster, "/spec/topology/compute", nodes));
    }
    if random.once_in(2) {
        edits.push(Edit::Set(cluster, "/spec/topology/webgateway", gateway()));
    }
    if random.once_in(3) {
        edits.push(Edit::Set(cluster, "/spec/topology/data/webgateway", gateway()));
    }
    if random.once_in(2) {
        edits.push(Edit::Companion("cpf", Some(cpf(random))));
        edits.push(Edit::Set(cluster, "/spec/configSource", json!({"name": "cpf"})));
    }
    if random.once_in(3) {
        edits.push(Edit::Set(cluster, "/spec/licenseKeySecret", json!({"name": "key"})));
    }
    edits.extend(storage::of_new(random, cluster));
    if random.once_in(4) {
        edits.push(companion(random, clusters));
    }
    if random.once_in(4) {
        edits.push(Edit::Set(cluster, "/spec/serviceTemplate", json!({"spec": {"type": "NodePort"}})));
    }
    edits
}
