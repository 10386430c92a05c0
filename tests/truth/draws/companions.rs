//! Objects beside a cluster.

use serde_json::{Value, json};

use crate::{random::Random, scenario::Edit};

pub(crate) fn cpf(random: &mut Random) -> Value {
    let mut data = serde_json::Map::new();
    let texts = [
        ("common.cpf", ["[config]\nglobals=0,0,256,0,0,0\n", "[config]\nglobals=0,0,512,0,0,0\nroutines=64\n"]),
        ("data.cpf", ["[SQL]\nDefaultSchema=hospital\n", "[Startup]\nPasswordHash=abc,def\n[SQL]\nDefaultSchema=x\n"]),
        ("compute.cpf", ["[config]\nlocksiz=1000000\n", "[Actions]\nCreateUser:Name=u,Password=secret\n"]),
        ("CSP-merge.ini", ["[SYSTEM]\nServer_Response_Timeout=300\n", "[LOCAL]\nPassword=x\n"]),
    ];
    for (name, variants) in &texts {
        if random.once_in(2) {
            data.insert((*name).to_owned(), json!(random.one_of(variants)));
        }
    }
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cpf"}, "data": data})
}

/// An object that comes, changes or goes; with two clusters it belongs to either of them.
pub(crate) fn companion(random: &mut Random, clusters: usize) -> Edit {
    let text = random.word(&["one", "two"]);
    let (name, mut value) = match random.below(14) {
        0 => settings(text),
        1 => token(random, text),
        2..=4 => service(random, text),
        5 => (
            "budget",
            json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "budget"},
            "spec": {"maxUnavailable": *random.one_of(&[1, 2]), "selector": {"matchLabels": {"app": text}}}}),
        ),
        6 => (
            "helper",
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "helper",
            "annotations": {"note": text}}}),
        ),
        7 => (
            "reader",
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader"},
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": *random.one_of(&[json!(["get"]), json!(["get", "list"])])}]}),
        ),
        8 => (
            "binding",
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "binding"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": random.word(&["reader", "other"])},
            "subjects": [{"kind": "ServiceAccount", "name": "helper"}]}),
        ),
        9 => (
            "door",
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "door"},
            "spec": {"rules": [{"host": format!("{text}.example.com"), "http": {"paths": [{"path": "/", "pathType": "Prefix",
                "backend": {"service": {"name": "a", "port": {"number": 80}}}}]}}]}}),
        ),
        10..=12 => stateful_set(random, text),
        _ => deployment(random, text),
    };
    if clusters == 2 && random.once_in(3) {
        value["metadata"]["annotations"]["iriskit/cluster"] = json!("b");
    }
    Edit::Companion(name, (!random.once_in(4)).then_some(value))
}

fn settings(text: &str) -> (&'static str, Value) {
    (
        "settings",
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "labels": {"t": text}},
            "data": {"a": text, (text): "x"}}),
    )
}

fn token(random: &mut Random, text: &str) -> (&'static str, Value) {
    (
        "token",
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token"},
            "type": random.word(&["Opaque", "Opaque", "example.com/token"]),
            "stringData": {"token": text, (text): "y"}}),
    )
}

/// With or without an address of its own, and one that is only another name.
fn service(random: &mut Random, text: &str) -> (&'static str, Value) {
    let port = *random.one_of(&[81, 82]);
    let ports = json!([{"name": "http", "port": port, "targetPort": 80}]);
    let spec = match random.below(8) {
        0 => json!({"type": "ExternalName", "externalName": format!("{text}.example.com")}),
        1 | 2 => json!({"clusterIP": "None", "selector": {"app": text}, "ports": ports}),
        _ => json!({"type": random.word(&["ClusterIP", "NodePort", "LoadBalancer"]), "selector": {"app": text},
            "ports": ports}),
    };
    ("extra", json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "extra"}, "spec": spec}))
}

fn pods(random: &mut Random, text: &str) -> Value {
    let image = random.word(&["example/side:1", "example/side:2"]);
    json!({"metadata": {"labels": {"app": text}}, "spec": {"containers": [{"name": "main", "image": image}]}})
}

/// What its fields fix is changed at times, so it has to be made again.
fn stateful_set(random: &mut Random, text: &str) -> (&'static str, Value) {
    // Most changes are of what can change.
    let app = if random.once_in(4) { text } else { "one" };
    let mut spec = json!({
        "replicas": random.below(3),
        "serviceName": if random.once_in(4) { text } else { "side" },
        "selector": {"matchLabels": {"app": app}},
        "template": pods(random, app),
    });
    if random.once_in(4) {
        spec["podManagementPolicy"] = json!("Parallel");
    }
    if random.once_in(4) {
        spec["updateStrategy"] = json!({"type": "OnDelete"});
    }
    if random.once_in(4) {
        spec["volumeClaimTemplates"] = json!([{"metadata": {"name": "store"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "storageClassName": "expandable",
            "resources": {"requests": {"storage": random.word(&["1Gi", "2Gi"])}}}}]);
    }
    ("side", json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "side"}, "spec": spec}))
}

/// Only for a real control plane: the sandbox has none.
fn deployment(random: &mut Random, text: &str) -> (&'static str, Value) {
    let app = if random.once_in(3) { text } else { "one" };
    let spec =
        json!({"replicas": random.below(3), "selector": {"matchLabels": {"app": app}}, "template": pods(random, app)});
    ("front", json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "front"}, "spec": spec}))
}
