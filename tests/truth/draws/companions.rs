//! Objects beside a cluster.

use serde_json::{Value, json};

use crate::dice::Dice;
use crate::scenario::Edit;

pub(crate) fn cpf(dice: &mut Dice) -> Value {
    let mut data = serde_json::Map::new();
    let texts = [
        ("common.cpf", ["[config]\nglobals=0,0,256,0,0,0\n", "[config]\nglobals=0,0,512,0,0,0\nroutines=64\n"]),
        ("data.cpf", ["[SQL]\nDefaultSchema=hospital\n", "[Startup]\nPasswordHash=abc,def\n[SQL]\nDefaultSchema=x\n"]),
        ("compute.cpf", ["[config]\nlocksiz=1000000\n", "[Actions]\nCreateUser:Name=u,Password=secret\n"]),
        ("CSP-merge.ini", ["[SYSTEM]\nServer_Response_Timeout=300\n", "[LOCAL]\nPassword=x\n"]),
    ];
    for (name, variants) in &texts {
        if dice.once_in(2) {
            data.insert((*name).to_owned(), json!(dice.one_of(variants)));
        }
    }
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cpf"}, "data": data})
}

/// An object that comes, changes or goes; with two clusters it belongs to either of them.
pub(crate) fn companion(dice: &mut Dice, clusters: usize) -> Edit {
    let text = dice.word(&["one", "two"]);
    let (name, mut value) = match dice.below(14) {
        0 => settings(text),
        1 => token(dice, text),
        2..=4 => service(dice, text),
        5 => (
            "budget",
            json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "budget"},
            "spec": {"maxUnavailable": *dice.one_of(&[1, 2]), "selector": {"matchLabels": {"app": text}}}}),
        ),
        6 => (
            "helper",
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "helper",
            "annotations": {"note": text}}}),
        ),
        7 => (
            "reader",
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader"},
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": *dice.one_of(&[json!(["get"]), json!(["get", "list"])])}]}),
        ),
        8 => (
            "binding",
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "binding"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": dice.word(&["reader", "other"])},
            "subjects": [{"kind": "ServiceAccount", "name": "helper"}]}),
        ),
        9 => (
            "door",
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "door"},
            "spec": {"rules": [{"host": format!("{text}.example.com"), "http": {"paths": [{"path": "/", "pathType": "Prefix",
                "backend": {"service": {"name": "a", "port": {"number": 80}}}}]}}]}}),
        ),
        10..=12 => stateful_set(dice, text),
        _ => deployment(dice, text),
    };
    if clusters == 2 && dice.once_in(3) {
        value["metadata"]["annotations"]["iriskit/cluster"] = json!("b");
    }
    Edit::Companion(name, (!dice.once_in(4)).then_some(value))
}

fn settings(text: &str) -> (&'static str, Value) {
    (
        "settings",
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "labels": {"t": text}},
            "data": {"a": text, (text): "x"}}),
    )
}

fn token(dice: &mut Dice, text: &str) -> (&'static str, Value) {
    (
        "token",
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token"},
            "type": dice.word(&["Opaque", "Opaque", "example.com/token"]),
            "stringData": {"token": text, (text): "y"}}),
    )
}

/// With or without an address of its own, and one that is only another name.
fn service(dice: &mut Dice, text: &str) -> (&'static str, Value) {
    let port = *dice.one_of(&[81, 82]);
    let ports = json!([{"name": "http", "port": port, "targetPort": 80}]);
    let spec = match dice.below(8) {
        0 => json!({"type": "ExternalName", "externalName": format!("{text}.example.com")}),
        1 | 2 => json!({"clusterIP": "None", "selector": {"app": text}, "ports": ports}),
        _ => json!({"type": dice.word(&["ClusterIP", "NodePort", "LoadBalancer"]), "selector": {"app": text},
            "ports": ports}),
    };
    ("extra", json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "extra"}, "spec": spec}))
}

fn pods(dice: &mut Dice, text: &str) -> Value {
    let image = dice.word(&["example/side:1", "example/side:2"]);
    json!({"metadata": {"labels": {"app": text}}, "spec": {"containers": [{"name": "main", "image": image}]}})
}

/// What its fields fix is changed at times, so it has to be made again.
fn stateful_set(dice: &mut Dice, text: &str) -> (&'static str, Value) {
    // Most changes are of what can change.
    let app = if dice.once_in(4) { text } else { "one" };
    let mut spec = json!({
        "replicas": dice.below(3),
        "serviceName": if dice.once_in(4) { text } else { "side" },
        "selector": {"matchLabels": {"app": app}},
        "template": pods(dice, app),
    });
    if dice.once_in(4) {
        spec["podManagementPolicy"] = json!("Parallel");
    }
    if dice.once_in(4) {
        spec["updateStrategy"] = json!({"type": "OnDelete"});
    }
    if dice.once_in(4) {
        spec["volumeClaimTemplates"] = json!([{"metadata": {"name": "store"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "storageClassName": "expandable",
            "resources": {"requests": {"storage": dice.word(&["1Gi", "2Gi"])}}}}]);
    }
    ("side", json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "side"}, "spec": spec}))
}

/// Only for a real control plane: the sandbox has none.
fn deployment(dice: &mut Dice, text: &str) -> (&'static str, Value) {
    let app = if dice.once_in(3) { text } else { "one" };
    let spec =
        json!({"replicas": dice.below(3), "selector": {"matchLabels": {"app": app}}, "template": pods(dice, app)});
    ("front", json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "front"}, "spec": spec}))
}
