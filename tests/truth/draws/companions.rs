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

pub(crate) fn companion(dice: &mut Dice) -> Edit {
    let text = dice.word(&["one", "two"]);
    let which = dice.below(7);
    let (name, value) = match which {
        0 => (
            "settings",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "labels": {"t": text}},
            "data": {"a": text, (text): "x"}}),
        ),
        1 => (
            "token",
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token"},
            "stringData": {"token": text, (text): "y"}}),
        ),
        2 => (
            "extra",
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "extra"},
            "spec": {"type": dice.word(&["ClusterIP", "NodePort", "LoadBalancer"]),
                "selector": {"app": text},
                "ports": [{"name": "http", "port": *dice.one_of(&[81, 82]), "targetPort": 80}]}}),
        ),
        3 => (
            "budget",
            json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "budget"},
            "spec": {"maxUnavailable": *dice.one_of(&[1, 2]), "selector": {"matchLabels": {"app": text}}}}),
        ),
        4 => (
            "helper",
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "helper",
            "annotations": {"note": text}}}),
        ),
        5 => (
            "reader",
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader"},
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": *dice.one_of(&[json!(["get"]), json!(["get", "list"])])}]}),
        ),
        _ => (
            "door",
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "door"},
            "spec": {"rules": [{"host": format!("{text}.example.com"), "http": {"paths": [{"path": "/", "pathType": "Prefix",
                "backend": {"service": {"name": "a", "port": {"number": 80}}}}]}}]}}),
        ),
    };
    Edit::Companion(name, (!dice.once_in(4)).then_some(value))
}
