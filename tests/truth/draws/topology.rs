//! The parts of a new cluster.

use serde_json::{Value, json};

use super::companions::{companion, cpf};
use super::storage;
use crate::dice::Dice;
use crate::scenario::Edit;

pub(crate) fn image(name: &str, tag: &str) -> Value {
    json!(format!("containers.intersystems.com/intersystems/{name}:{tag}"))
}

pub(crate) fn gateway() -> Value {
    json!({"image": image("webgateway", "2024.1"), "applicationPaths": ["/csp/sys"],
        "loginSecret": {"name": "login"}})
}

/// The parts of a new cluster.
pub(crate) fn topology(dice: &mut Dice, clusters: usize, cluster: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    if dice.below(3) > 0 {
        edits.push(Edit::Set(cluster, "/spec/topology/data/mirrored", json!(true)));
        edits.push(Edit::Set(cluster, "/spec/topology/arbiter", json!({"image": image("arbiter", "2024.1")})));
    }
    if dice.once_in(2) {
        let mut nodes = json!({"image": image("iris", "2024.1"), "compatibilityVersion": "2024.1.0"});
        nodes["replicas"] = json!(1 + dice.below(2));
        edits.push(Edit::Set(cluster, "/spec/topology/compute", nodes));
    }
    if dice.once_in(2) {
        edits.push(Edit::Set(cluster, "/spec/topology/webgateway", gateway()));
    }
    if dice.once_in(3) {
        edits.push(Edit::Set(cluster, "/spec/topology/data/webgateway", gateway()));
    }
    if dice.once_in(2) {
        edits.push(Edit::Companion("cpf", Some(cpf(dice))));
        edits.push(Edit::Set(cluster, "/spec/configSource", json!({"name": "cpf"})));
    }
    if dice.once_in(3) {
        edits.push(Edit::Set(cluster, "/spec/licenseKeySecret", json!({"name": "key"})));
    }
    edits.extend(storage::of_new(dice, cluster));
    if dice.once_in(4) {
        edits.push(companion(dice, clusters));
    }
    if dice.once_in(4) {
        edits.push(Edit::Set(cluster, "/spec/serviceTemplate", json!({"spec": {"type": "NodePort"}})));
    }
    edits
}
